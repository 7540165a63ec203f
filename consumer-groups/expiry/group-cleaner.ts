/** What is done for the groups in the background, one thing after the other. */
import { type Clock, type LogStore, Mutex } from '../../segment-store/index.js';
import type { GroupEventListener } from '../group-event.js';
import type { GroupOptions } from '../options.js';
import type { DeletedTopics } from './deleted-topics.js';
import type { OffsetExpiry } from './offset-expiry.js';

export class GroupCleaner {
  readonly #cleaning = new Mutex();
  #stopTimer: () => void = () => {};
  #stopWatching: () => void = () => {};
  #lookAhead = false;
  readonly #ending = new AbortController();

  constructor(
    private readonly log: LogStore,
    private readonly expiry: OffsetExpiry,
    private readonly deletedTopics: DeletedTopics,
    private readonly clock: Clock,
    private readonly options: Pick<GroupOptions, 'expiryIntervalMs'>,
    private readonly emit: GroupEventListener,
  ) {}

  /** Puts in order what happened while the broker was away, before there are any members; then keeps looking. */
  async start(): Promise<void> {
    await this.expiry.markAbandoned();
    this.#stopWatching = this.log.watchTopics(() => this.#forgetDeletedTopics());
    await this.deletedTopics.run();
    this.#schedule();
  }

  /** Resolves when nothing is under way any more. Idempotent. */
  async stop(): Promise<void> {
    this.#ending.abort();
    this.#stopTimer();
    this.#stopWatching();
    await this.#cleaning.run(async () => {});
  }

  #schedule(): void {
    this.#stopTimer = this.clock.after(this.options.expiryIntervalMs, () => {
      void this.#cleaning
        .run(() => this.#look())
        .then(() => {
          if (!this.#ending.signal.aborted) this.#schedule();
        });
    });
  }

  /** A commit that was under way when its topic was deleted may have come behind the look that the deletion caused. */
  async #look(): Promise<void> {
    await this.#attempt('forgetting offsets of deleted topics', () => this.deletedTopics.run());
    await this.#attempt('forgetting offsets that nobody uses', () => this.expiry.run(this.#ending.signal));
  }

  /** Calls that come before the next look begins are answered by that. */
  #forgetDeletedTopics(): void {
    if (this.#lookAhead) return;
    this.#lookAhead = true;
    void this.#cleaning.run(async () => {
      this.#lookAhead = false;
      await this.#attempt('forgetting offsets of deleted topics', () => this.deletedTopics.run());
    });
  }

  async #attempt(doing: string, work: () => Promise<void>): Promise<void> {
    if (this.#ending.signal.aborted) return;
    try {
      await work();
    } catch (error) {
      this.emit({ event: 'background-error', doing, error: error as Error });
    }
  }
}
