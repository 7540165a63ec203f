import { type CommitCall, ownershipOf, type PartitionStory } from './partition-story.js';

/**
 * Why a commit must be refused, seen from outside: its partition was given anew, in a later generation, before the commit was begun. Undefined: nothing proves that.
 */
export function fencedBy(story: PartitionStory, commit: CommitCall): string | undefined {
  const { generation, begun } = commit;
  if (generation === undefined) return undefined;
  const newer = story.ownerships.find((own) => own.generation > generation && own.heardAt < begun);
  if (newer) return `${newer.consumer} had heard of generation ${newer.generation}`;
  const heardAt = ownershipOf(story, commit)?.heardAt ?? Number.POSITIVE_INFINITY;
  const reset = story.resets.find(
    (call) => call.outcome === 'ok' && heardAt < call.begun && call.ended < begun,
  );
  return reset && `the partition had been reset to ${reset.offset}`;
}
