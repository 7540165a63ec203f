/** Moves groups to other positions. */
import type { Clock } from '../../segment-store/index.js';
import type { ActiveGroups } from '../active-groups.js';
import type { GroupEventListener } from '../group-event.js';
import type { GroupStore } from '../group-store.js';
import type { ResetOutcome } from '../groups.js';
import type { KnownGroups } from '../known-groups.js';
import { chosenOffset, offsetChanges } from '../offset-change.js';
import { EmptyHold } from './empty-hold.js';
import { checkResetRequest } from './reset-check.js';
import type { PlannedReset, ResetRequest } from './reset-plan.js';
import type { GroupResetPlan, ResetPlanner } from './reset-planner.js';

export class GroupResets {
  constructor(
    private readonly store: GroupStore,
    private readonly active: ActiveGroups,
    private readonly known: KnownGroups,
    private readonly planner: ResetPlanner,
    private readonly clock: Clock,
    private readonly emit: GroupEventListener,
  ) {}

  /**
   * See `Groups.reset`. All groups are checked and planned before the first is touched; then they are reset one after the other, so that one that fails (a full disk)
   * leaves those after it as they were.
   */
  async reset(request: ResetRequest): Promise<ResetOutcome> {
    checkResetRequest(request);
    const groups = this.#groups(request);
    const activeGroups = groups.filter((group) => this.active.active(group) !== undefined);
    const live = request.live && request.execute;
    const resets =
      request.execute && !live
        ? await this.#whileEmpty(groups, () => this.#carryOut(groups, request, live))
        : await this.#carryOut(groups, request, live);
    return { resets, activeGroups };
  }

  #groups({ groups, create }: ResetRequest): string[] {
    if (groups === 'all') return this.known.names();
    const named = [...new Set(groups)].sort();
    if (create) this.known.checkMayBe(named);
    else for (const group of named) this.known.check(group);
    return named;
  }

  /** Keeps all of them without members. Taken in the order of names, so that two resets do not wait for each other. */
  async #whileEmpty<T>(groups: readonly string[], action: () => Promise<T>): Promise<T> {
    const holds: EmptyHold[] = [];
    try {
      for (const group of groups) holds.push(await EmptyHold.take(this.active, group));
      return await action();
    } finally {
      for (const hold of holds) hold.release();
    }
  }

  async #carryOut(groups: readonly string[], request: ResetRequest, live: boolean): Promise<PlannedReset[]> {
    const plans = await this.planner.plan(groups, request);
    const resets = plans.flatMap((plan) => plan.resets);
    this.known.checkOffsets(resets.filter(({ before }) => before === undefined).length);
    if (request.execute) {
      for (const plan of plans) await this.#carryOutOne(plan, live);
    }
    return resets;
  }

  async #carryOutOne({ group, resets }: GroupResetPlan, live: boolean): Promise<void> {
    if (resets.length === 0) return;
    const isLive = live && this.active.active(group) !== undefined;
    if (live) await this.active.resetLive(group, resets.map(newOffset));
    else await this.#commit(group, resets);
    this.emit({ event: 'offsets-reset', group, partitions: resets.length, live: isLive });
  }

  async #commit(group: string, resets: readonly PlannedReset[]): Promise<void> {
    const offsets = resets.map(newOffset).map(chosenOffset);
    await this.store.write(offsetChanges(group, offsets, this.clock.wallMs()));
  }
}

function newOffset({ topic, partition, after }: PlannedReset) {
  return { topic, partition, offset: after };
}
