/** What is done for the groups in the background. */
import type { Clock, LogStore } from '../../segment-store/index.js';
import type { GroupEventListener } from '../group-event.js';
import type { GroupOptions } from '../options.js';
import type { DeletedTopics } from './deleted-topics.js';
import type { OffsetExpiry } from './offset-expiry.js';

export class GroupCleaner {
  readonly #ending = new AbortController();
  readonly #underWay = new Set<Promise<void>>();
  #stopTimer: () => void = () => {};
  #stopWatching: () => void = () => {};

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
    this.#stopWatching = this.log.watchTopics(() => {
      void this.#attempt('forgetting offsets of deleted topics', () => this.deletedTopics.forgetGone());
    });
    await this.deletedTopics.forgetAll();
    this.#schedule();
  }

  /** Resolves when nothing is under way any more. Idempotent. */
  async stop(): Promise<void> {
    this.#ending.abort();
    this.#stopTimer();
    this.#stopWatching();
    await Promise.all(this.#underWay);
  }

  #schedule(): void {
    this.#stopTimer = this.clock.after(this.options.expiryIntervalMs, () => {
      void this.#look().then(() => {
        if (!this.#ending.signal.aborted) this.#schedule();
      });
    });
  }

  async #look(): Promise<void> {
    await this.#attempt('forgetting offsets of deleted topics', () => this.deletedTopics.lookAgain());
    await this.#attempt('forgetting offsets that nobody uses', () => this.expiry.run(this.#ending.signal));
  }

  /** Never rejects. */
  async #attempt(doing: string, work: () => Promise<void>): Promise<void> {
    if (this.#ending.signal.aborted) return;
    const attempt = work().catch((error: Error) => this.emit({ event: 'background-error', doing, error }));
    this.#underWay.add(attempt);
    await attempt;
    this.#underWay.delete(attempt);
  }
}
