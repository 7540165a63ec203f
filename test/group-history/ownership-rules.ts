/** Rules for who owns a partition. Each yields one sentence per violation. */
import { fencedBy } from './fence.js';
import {
  type CommitCall,
  type Ownership,
  ownershipOf,
  type PartitionStory,
  type ResetCall,
} from './partition-story.js';

/** At most one owner of a partition per generation, and it is given to it once. */
export function* oneOwner({ ownerships }: PartitionStory): Generator<string> {
  for (const [previous, own] of pairs(ownerships)) {
    if (own.generation === previous.generation)
      yield `${previous.consumer} and ${own.consumer} both own generation ${own.generation}`;
  }
}

/** Generations of a partition only rise: for whoever hears of them, and for whoever joins after others have heard. */
export function* generationsRise({ ownerships }: PartitionStory): Generator<string> {
  const heard = ownerships.toSorted((a, b) => a.heardAt - b.heardAt);
  for (const own of heard) {
    const higher = heard.find(
      (other) =>
        other.generation > own.generation &&
        (other.heardAt < own.joinedAt || (other.consumer === own.consumer && other.heardAt < own.heardAt)),
    );
    if (higher)
      yield `${own.consumer} was given generation ${own.generation} after ${higher.consumer} had ${higher.generation}`;
  }
}

/** A partition moves when its owner has let go of it, or is no member any more. A reset takes it from one that was to let go of it. */
export function* movesWhenLetGo({ ownerships, resets, standing }: PartitionStory): Generator<string> {
  for (const [previous, next] of pairs(ownerships)) {
    if (previous.consumer === next.consumer || previous.generation === next.generation) continue;
    if ((previous.letGoAt ?? Number.POSITIVE_INFINITY) <= next.heardAt) continue;
    if (resets.some((call) => isBetween(call, previous, next))) continue;
    const wentOn =
      standing.lastGeneration(previous.member) > next.generation ||
      standing.lastTakenCommit(previous.member) > next.heardAt;
    if (wentOn)
      yield `${next.consumer} was given generation ${next.generation} while ${previous.consumer}, still a member, had ${previous.generation}`;
  }
}

const LOST_OWNERSHIP: ReadonlySet<string | undefined> = new Set(['STALE_GENERATION', 'PARTITION_NOT_OWNED']);
const NEVER_RIGHT: ReadonlySet<string | undefined> = new Set(['OFFSET_OUT_OF_RANGE', 'INVALID_ARGUMENT']);

/** A refusal has a reason: whoever stays a member, owns the partition and was not reset may commit what it was handed. */
export function* refusalHasReason(story: PartitionStory): Generator<string> {
  for (const commit of story.commits) {
    const { consumer, offset, generation, outcome, code } = commit;
    if (outcome !== 'refused') continue;
    if (NEVER_RIGHT.has(code) || (LOST_OWNERSHIP.has(code) && isInGoodStanding(story, commit)))
      yield `${consumer} committed ${offset} in generation ${generation} and was refused with ${code}`;
  }
}

function isInGoodStanding(story: PartitionStory, commit: CommitCall): boolean {
  const own = ownershipOf(story, commit);
  if (own === undefined || (own.letGoAt ?? Number.POSITIVE_INFINITY) <= commit.ended) return false;
  const reset = story.resets.some((call) => call.outcome !== 'refused' && call.begun < commit.ended);
  return !reset && !fencedBy(story, commit) && story.standing.lastTakenCommit(own.member) > commit.ended;
}

function isBetween({ outcome, begun, ended }: ResetCall, previous: Ownership, next: Ownership): boolean {
  return outcome !== 'refused' && begun < next.heardAt && ended > previous.heardAt;
}

function pairs(ownerships: readonly Ownership[]): [Ownership, Ownership][] {
  return ownerships.slice(1).map((own, i) => [ownerships[i]!, own]);
}
