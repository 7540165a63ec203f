import type { Connection } from '../connection/index.js';
import type { ReceivedRecord } from '../reader/index.js';
import type { ConsumedBatch } from './consumed-batch.js';
import { GroupSession } from './group-session.js';
import { Handouts } from './handouts.js';
import { OffsetCommits } from './offset-commits.js';
import type { OwnedPartition } from './owned-partition.js';
import { ProcessingWatch } from './processing-watch.js';
import type { ResolvedConsumerOptions } from './resolved-consumer-options.js';

/**
 * What the loop is fed with, and everything that happens between two of its turns: hooks, commits, giving partitions up, joining again. All of that is done when the loop asks, and only
 * then, so that nothing changes under a record that is being worked on.
 */
export class GroupFeed {
  readonly session: GroupSession;
  readonly commits: OffsetCommits;
  readonly #options: ResolvedConsumerOptions;
  readonly #handouts: Handouts;
  readonly #watch: ProcessingWatch;
  readonly #stop = new AbortController();
  /** True: something has happened since the loop last looked. */
  #attention = true;
  #finishing = false;
  #wake: (() => void) | undefined;
  #onFinished: (() => void) | undefined;

  constructor(connection: Connection, options: ResolvedConsumerOptions) {
    this.#options = options;
    this.session = new GroupSession(connection, options, () => this.touch());
    this.commits = new OffsetCommits(connection, options, this.session);
    const { session, commits } = this;
    this.#handouts = new Handouts({ options, session, commits, stop: this.#stop.signal });
    this.#watch = new ProcessingWatch(options.maxProcessingMs, () => this.#stuck());
  }

  /** The next record, if it can be had without waiting. To ask for it is to be done with the one before. */
  readyRecord(): ReceivedRecord | undefined {
    if (this.#attention) return undefined;
    this.finishHand();
    this.#watch.asks++;
    return this.#handouts.record();
  }

  /** The next record; undefined when the consumer is closed or `isOver`. One call at a time. */
  nextRecord(isOver: () => boolean): Promise<ReceivedRecord | undefined> {
    return this.#next(isOver, () => this.#handouts.record());
  }

  /** The next batch, or what is left of one of which records were handed out. Otherwise as {@link nextRecord}. */
  nextBatch(isOver: () => boolean): Promise<ConsumedBatch | undefined> {
    return this.#next(isOver, () => this.#handouts.batch());
  }

  /** What was handed out last is done. */
  finishHand(): void {
    this.#handouts.finish();
    this.#onFinished?.();
  }

  /** Has the loop look around before it gets more. */
  touch(): void {
    this.#attention = true;
    this.#wake?.();
  }

  /** Nothing is fed any more. */
  stop(): void {
    this.#stop.abort();
    this.#rest();
    this.touch();
  }

  /** Hands out nothing more. Resolves when nothing is in the caller's hands, or {@link letGo} is called. */
  async finish(): Promise<void> {
    this.#finishing = true;
    this.touch();
    if (!this.#handouts.isInHand) return;
    await new Promise<void>((resolve) => {
      this.#onFinished = resolve;
    });
  }

  /** The loop has been left. */
  letGo(): void {
    this.#onFinished?.();
  }

  /** Gives everything up and leaves the group; or, if not `forGood`, only commits what is done. Rejects as the hooks do. To be called when no other call is under way. */
  async leave(forGood: boolean): Promise<void> {
    const { assignment } = this.session;
    try {
      await this.#tellLost();
      const owned = [...assignment.allKnown()].filter(({ live }) => live);
      await this.#giveUp(owned, forGood);
    } finally {
      if (forGood) await this.session.leave();
    }
  }

  async #next<T>(isOver: () => boolean, inReach: () => T | undefined): Promise<T | undefined> {
    this.finishHand();
    this.#watch.asks++;
    this.#watch.waiting = true;
    try {
      while (await this.#settle(isOver)) {
        const next = inReach();
        if (next !== undefined) return next;
        if (!(await this.#handouts.advance())) await this.#changed();
      }
      return undefined;
    } finally {
      this.#watch.waiting = false;
    }
  }

  /** Does what has to be done between two records. False: there are no more. */
  async #settle(isOver: () => boolean): Promise<boolean> {
    for (;;) {
      this.#attention = false;
      if (this.#finishing || this.#stop.signal.aborted || isOver()) return false;
      if (this.session.assignment.hasNews) {
        await this.#tellNews();
        continue;
      }
      const failure = this.session.takeFailure();
      if (failure !== undefined) {
        this.#rest();
        throw failure;
      }
      this.session.join();
      this.#watch.start();
      this.commits.start();
      return true;
    }
  }

  /** One thing at a time, in this order: while a hook is awaited, more may happen. */
  async #tellNews(): Promise<void> {
    const { assignment } = this.session;
    if (await this.#tellLost()) return;
    const revoked = assignment.toRevoke();
    if (revoked.length > 0) return this.#giveUp(revoked);
    const assigned = assignment.takeAssigned();
    for (const { before } of assigned) if (before !== undefined) this.commits.forget(before);
    await this.#options.onAssigned?.(assigned.map(({ partition }) => partition.assigned));
  }

  async #tellLost(): Promise<boolean> {
    const lost = this.session.assignment.takeLost();
    if (lost.length === 0) return false;
    for (const partition of lost) this.commits.forget(partition);
    await this.#options.onLost?.(lost.map(({ name }) => name));
    return true;
  }

  /** Whatever the hook does, what is done is committed and, if they are to be, the partitions are released. */
  async #giveUp(partitions: OwnedPartition[], release = true): Promise<void> {
    if (partitions.length === 0) return;
    try {
      await this.#options.onRevoked?.(partitions.map(({ name }) => name));
    } finally {
      const committed = this.commits.commitDone(partitions);
      if (!release) await committed;
      for (const partition of release ? partitions : []) {
        this.commits.forget(this.session.assignment.known(partition.key) ?? partition);
        if (this.session.assignment.release(partition)) this.session.membership?.release(partition);
      }
    }
  }

  /** Nothing happens by itself until the loop asks again. */
  #rest(): void {
    this.#watch.stop();
    this.commits.stop();
  }

  async #changed(): Promise<void> {
    if (this.#attention) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#wake = undefined;
  }

  /** The loop does not ask any more: others are to have the partitions. It joins again when it asks. */
  #stuck(): void {
    void this.commits.commitDone(this.session.assignment.allKnown());
    void this.session.leave();
  }
}
