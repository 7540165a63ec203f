/**
 * In which order the broker must have done what moved the committed offset of a partition.
 *
 * It follows from generations, not from clocks: a commit of one generation was taken before the partition was given in the next, whenever the members heard of it. Within a
 * generation commits come from one member, in the order in which it sent them. Where a reset belongs shows in where the next owner begins: histories should
 * reset a partition to an offset of its own each time.
 */
import { fencedBy } from './fence.js';
import type { CommitCall, Ownership, PartitionStory, ResetCall } from './partition-story.js';

export type Step =
  /** The partition was given; the new owner was told the committed offset. */
  { step: 'give'; ownership: Ownership } | SetStep;

/** A commit or a reset, that was or may have been carried out. */
export interface SetStep {
  step: 'set';
  call: CommitCall | ResetCall;
  isReset: boolean;
}

export interface CommittedTimeline {
  steps: readonly Step[];
  /** Of the steps, those that set the committed offset. */
  sets: readonly SetStep[];
  /** Resets that were acknowledged, and after which nobody began where they had set the partition. */
  ignoredResets: readonly ResetCall[];
}

/** Several rules ask for the same one. */
const known = new WeakMap<PartitionStory, CommittedTimeline>();

export function committedTimeline(story: PartitionStory): CommittedTimeline {
  const timeline = known.get(story) ?? toldBy(story);
  known.set(story, timeline);
  return timeline;
}

function toldBy(story: PartitionStory): CommittedTimeline {
  const { ownerships, commits, resets } = story;
  const { slots, ignored } = placeResets(story);
  const outside = commits.filter(({ consumer }) => consumer === undefined);
  const steps: Step[] = [];
  for (let slot = 0; slot <= ownerships.length; slot += 1) {
    for (const call of outside) if (slotAt(ownerships, call.begun) === slot) steps.push(set(call));
    for (const call of resets) if (slots.get(call) === slot) steps.push({ step: 'set', call, isReset: true });
    const ownership = ownerships[slot];
    if (ownership === undefined) continue;
    steps.push({ step: 'give', ownership });
    for (const commit of commitsOf(story, ownership)) steps.push(set(commit));
  }
  const happened = steps.filter(mayHaveHappened);
  const sets = happened.filter((step) => step.step === 'set');
  return { steps: happened, sets, ignoredResets: ignored };
}

function set(call: CommitCall): SetStep {
  return { step: 'set', call, isReset: false };
}

function mayHaveHappened(step: Step): boolean {
  return step.step === 'give' || step.call.outcome !== 'refused';
}

/** Those that were rightly sent under it. */
function commitsOf(story: PartitionStory, { consumer, generation }: Ownership): CommitCall[] {
  return story.commits.filter(
    (commit) => commit.consumer === consumer && commit.generation === generation && !fencedBy(story, commit),
  );
}

/** Before which ownership (by its place in the order of generations) each reset was carried out; one that may not have been is left out if nothing shows it. */
function placeResets(story: PartitionStory): { slots: Map<ResetCall, number>; ignored: ResetCall[] } {
  const resets = story.resets.filter(({ outcome }) => outcome !== 'refused');
  const slots = new Map<ResetCall, number>();
  const ignored: ResetCall[] = [];
  let previous = 0;
  for (const [number, reset] of resets.entries()) {
    const slot = slotOf(story, resets.slice(number), previous);
    if (slot === undefined) {
      if (reset.outcome === 'ok') ignored.push(reset);
      continue;
    }
    slots.set(reset, slot);
    if (reset.outcome === 'ok') previous = slot;
  }
  return { slots, ignored };
}

/** The place of the first of these resets. Undefined: nobody began where it had set the partition. */
function slotOf(
  { ownerships, commits }: PartitionStory,
  resets: readonly ResetCall[],
  previous: number,
): number | undefined {
  const reset = resets[0]!;
  const to = latestSlot(ownerships, commits, reset);
  const found = (reset.outcome === 'ok' ? resets : [reset]).flatMap(({ offset, begun }) => {
    const slot = firstStart(ownerships, Math.max(previous, slotAt(ownerships, begun)), to, offset);
    return slot === undefined ? [] : [slot];
  });
  // One that a later one overtook, before anybody was given the partition, shows in where that one had set it.
  if (found.length > 0) return Math.min(...found);
  return reset.outcome === 'ok' && to === ownerships.length ? to : undefined;
}

/** The place of the first ownership that may have been given after `moment`: whoever had heard by then had been given it before. */
function slotAt(ownerships: readonly Ownership[], moment: number): number {
  return ownerships.findLastIndex(({ heardAt }) => heardAt < moment) + 1;
}

/** The place of the first ownership that must have been given after the reset: its member joined later, or its commit was taken although it was begun later. */
function latestSlot(
  ownerships: readonly Ownership[],
  commits: readonly CommitCall[],
  { begun, ended, outcome }: ResetCall,
): number {
  if (outcome !== 'ok') return ownerships.length;
  const place = ownerships.findIndex(
    ({ joinedAt, heardAt, consumer, generation }) =>
      heardAt > begun &&
      (joinedAt > ended ||
        commits.some(
          (commit) =>
            commit.outcome === 'ok' &&
            commit.begun > ended &&
            commit.consumer === consumer &&
            commit.generation === generation,
        )),
  );
  return place === -1 ? ownerships.length : place;
}

function firstStart(
  ownerships: readonly Ownership[],
  from: number,
  to: number,
  offset: number,
): number | undefined {
  for (let slot = from; slot <= Math.min(to, ownerships.length - 1); slot += 1) {
    if (ownerships[slot]!.startOffset === offset) return slot;
  }
  return undefined;
}
