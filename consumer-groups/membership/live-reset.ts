/**
 * Moving a group while it runs.
 *
 * That nothing from before the reset is committed over it, and nothing from after it is lost, follows from the order of writes:
 *
 * 1. A commit is judged and handed to the store in one step (see `MemberCommits`), and so is the reset: of any commit and the reset, one was handed in first, and the store carries them
 *    out in that order.
 * 2. Commits handed in before are overwritten: the reset comes behind them.
 * 3. Commits that come while the reset is being written are not judged until it has ended. Were they judged at once, they would pass, since their generation is still the right
 *    one, and be written behind the reset.
 * 4. The write succeeds: in the same step in which that is known the owners get their partitions in the new generation, and only then the waiting commits are judged, and refused as
 *    stale. It fails: nothing has changed, and they are judged as if nothing had been.
 * 5. The owners are told the new generation behind that, and begin at the new offsets. So no commit carries the new generation that does not come from there.
 * 6. Offsets and generation are one write. A crash leaves both or neither; the members are gone either way.
 *
 * An owner that was to release its partition anyhow loses it at once: what it might still commit is void. An owner that has gone while the reset was written has none: the
 * next one begins at the committed offset, which is the new one. A rebalance does not run at the same time (both are in the group's lane), so the new offsets cannot come between
 * its reading of a start offset and the giving.
 */
import type { Clock } from '../../segment-store/index.js';
import type { TopicPartition } from '../committed-offset.js';
import type { GroupStore, StoredGroup } from '../group-store.js';
import { chosenOffset, offsetChanges } from '../offset-change.js';
import type { Generations } from './generations.js';
import { AssignmentChanges, type Roster } from './roster.js';

export type NewOffset = TopicPartition & { offset: number };

export interface LiveResetContext {
  group: string;
  groups: GroupStore;
  generations: Generations;
  clock: Clock;
}

/** Hands the reset to the store before it returns; resolves when the owners have their partitions anew. Rejects as `GroupStore.write`. */
export async function resetLive(
  context: LiveResetContext,
  roster: Roster,
  offsets: readonly NewOffset[],
): Promise<void> {
  const { group, groups, generations, clock } = context;
  const committedMs = clock.wallMs();
  const changes = offsetChanges(group, offsets.map(chosenOffset), committedMs);
  const generation = generations.next();
  const state: StoredGroup = { generation, emptySinceMs: roster.size > 0 ? undefined : committedMs };
  await groups.write([...changes, { kind: 'group', group, state }]);
  giveAnew(roster, generation, offsets);
}

function giveAnew(roster: Roster, generation: number, offsets: readonly NewOffset[]): void {
  const { state } = roster;
  const changes = new AssignmentChanges();
  state.beginGeneration(generation);
  for (const { topic, partition, offset } of offsets) {
    const owner = state.owner(topic, partition);
    if (owner === undefined) continue;
    const change = changes.of(owner.memberId);
    if (owner.revoked) {
      state.lose(owner);
      change.lost.push({ topic, partition });
    } else {
      state.giveAnew(owner);
      change.assigned.push({ topic, partition, generation, startOffset: offset, committedOffset: offset });
    }
  }
  roster.announce(changes);
}
