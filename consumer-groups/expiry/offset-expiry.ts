/** Forgets the offsets of groups that nobody uses any more. */
import { setImmediate } from 'node:timers/promises';
import type { Clock, Mutex } from '../../segment-store/index.js';
import type { ActiveGroups } from '../active-groups.js';
import { isGroupError } from '../errors.js';
import type { GroupEventListener } from '../group-event.js';
import type { GroupChange, GroupStore } from '../group-store.js';
import type { GroupOptions } from '../options.js';
import { AgeingTime } from './ageing-time.js';
import { isExpired } from './expiry-decision.js';

export class OffsetExpiry {
  readonly #time: AgeingTime;

  constructor(
    private readonly store: GroupStore,
    private readonly active: ActiveGroups,
    /** Orders changes of snapshots: none may be taken of offsets that go. */
    private readonly snapshotChanges: Mutex,
    private readonly clock: Clock,
    private readonly options: Pick<GroupOptions, 'offsetsRetentionMs'>,
    private readonly emit: GroupEventListener,
  ) {
    this.#time = new AgeingTime(clock);
  }

  /**
   * Writes down of groups that had members when the broker ended that they are empty as of now: they cannot be asked since when they were. Called when there are no members
   * yet. What cannot be written is left to {@link run}: a full disk keeps no broker from starting.
   */
  async markAbandoned(): Promise<void> {
    const changes = [...this.store.groups()].filter((group) => this.#isAbandoned(group)).map(this.#mark);
    await this.#attempt('noting which groups are empty', () => this.store.write(changes));
  }

  /** Looks at every group once, unless `ending` says stop. One that cannot be written does not keep the others from it. */
  async run(ending: AbortSignal): Promise<void> {
    for (const group of [...this.store.groups()]) {
      // Others get their turn: there may be a million offsets.
      await setImmediate();
      if (ending.aborted) return;
      if (!this.#hasExpired(group) && !this.#isAbandoned(group)) continue;
      const work = () => this.snapshotChanges.run(() => this.#lookAt(group));
      await this.#attempt(`forgetting offsets of ${group}`, () => this.active.whileEmpty(group, work));
    }
  }

  async #attempt(doing: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      // Somebody has joined just now.
      if (isGroupError(error, 'GROUP_NOT_EMPTY')) return;
      this.emit({ event: 'background-error', doing, error: error as Error });
    }
  }

  /** Things may have changed while others were at it. */
  async #lookAt(group: string): Promise<void> {
    if (this.#hasExpired(group)) await this.#expire(group);
    else if (this.#isAbandoned(group)) await this.store.write([this.#mark(group)]);
  }

  /** Nobody has written down that it is empty. */
  #isAbandoned(group: string): boolean {
    const state = this.store.state(group);
    return state !== undefined && state.emptySinceMs === undefined && this.active.active(group) === undefined;
  }

  readonly #mark = (group: string): GroupChange => ({
    kind: 'group',
    group,
    state: { generation: this.store.state(group)!.generation, emptySinceMs: this.clock.wallMs() },
  });

  #hasExpired(group: string): boolean {
    if (this.#leftovers(group) === 0) return false;
    const state = this.store.state(group);
    const hasMembers = this.active.active(group) !== undefined;
    const times = {
      nowMs: this.#time.nowMs(),
      sinceStartMs: this.#time.sinceStartMs(),
      offsetsRetentionMs: this.options.offsetsRetentionMs,
    };
    // Commits only make it younger: mostly there is no need to look at all of them.
    if (state !== undefined && !isExpired({ hasMembers, state, newestCommitMs: undefined }, times))
      return false;
    return isExpired({ hasMembers, state, newestCommitMs: this.#newestCommitMs(group) }, times);
  }

  /** What there would be to forget. */
  #leftovers(group: string): number {
    return this.store.offsetCount(group) + (this.#isKept(group) ? 0 : 1);
  }

  /** A group with snapshots stays, and so does its generation. */
  #isKept(group: string): boolean {
    return this.store.snapshots(group).length > 0;
  }

  #newestCommitMs(group: string): number | undefined {
    let newestMs: number | undefined;
    for (const { committed } of this.store.offsets(group)) {
      newestMs = Math.max(newestMs ?? 0, committed.committedMs);
    }
    return newestMs;
  }

  async #expire(group: string): Promise<void> {
    const changes: GroupChange[] = [];
    for (const { topic, partition } of this.store.offsets(group)) {
      changes.push({ kind: 'offset', group, topic, partition, committed: undefined });
    }
    const partitions = changes.length;
    if (!this.#isKept(group)) changes.push({ kind: 'group', group, state: undefined });
    await this.store.write(changes);
    this.emit({ event: 'offsets-expired', group, partitions });
  }
}
