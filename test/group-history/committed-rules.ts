/** Rules for the committed offset: what became of what was committed. Each yields one sentence per violation. */
import { type CommittedTimeline, committedTimeline, type SetStep } from './committed-timeline.js';
import { fencedBy } from './fence.js';
import type { Description, PartitionStory } from './partition-story.js';

/** No acknowledged commit is lost: nobody begins, and nothing is shown, below the last one that was taken before. */
export function acknowledgedIsKept(story: PartitionStory): Iterable<string> {
  return faultsOf(story, 'lost');
}

/** Commits never go back: what was seen of one that was never answered stays. */
export function* commitsNeverGoBack(story: PartitionStory): Generator<string> {
  yield* faultsOf(story, 'back');
  yield* wentBack(story);
}

/** Nothing is committed that nobody committed, or that was refused. */
export function committedWasSent(story: PartitionStory): Iterable<string> {
  return faultsOf(story, 'unsent');
}

/** What was committed before a reset does not come back after it. */
export function resetIsNotOverwritten(story: PartitionStory): Iterable<string> {
  return faultsOf(story, 'overwritten');
}

/** After a reset whoever is given the partition next begins where it was set. */
export function* resetIsObeyed(story: PartitionStory): Generator<string> {
  for (const { offset, begun } of committedTimeline(story).ignoredResets) {
    const next = story.ownerships.find(({ heardAt }) => heardAt >= begun);
    yield `the partition was reset to ${offset}, but ${next?.consumer} then began at ${next?.startOffset}`;
  }
}

/** An older generation commits nothing. */
export function* olderGenerationIsRefused(story: PartitionStory): Generator<string> {
  for (const commit of story.commits) {
    const fence = commit.outcome === 'ok' && fencedBy(story, commit);
    if (fence)
      yield `${commit.consumer} committed ${commit.offset} in generation ${commit.generation} after ${fence}`;
  }
}

type Fault = 'lost' | 'back' | 'unsent' | 'overwritten';

interface Finding {
  fault: Fault;
  what: string;
}

/** Each is asked for by four rules. */
const known = new WeakMap<PartitionStory, readonly Finding[]>();

function faultsOf(story: PartitionStory, fault: Fault): string[] {
  const findings = known.get(story) ?? findingsOf(story);
  known.set(story, findings);
  return findings.filter((finding) => finding.fault === fault).map(({ what }) => what);
}

function findingsOf(story: PartitionStory): readonly Finding[] {
  const timeline = committedTimeline(story);
  return [...judgeStarts(story, timeline), ...judgeDescriptions(story, timeline)];
}

/** What the committed offset can be at some moment. */
interface Expectation {
  /** The last one that was acknowledged; 0: none. */
  acknowledged: number;
  /** The last one that was acknowledged or seen. */
  sure: number;
  /** What was sent later and may have been taken. */
  possible: Set<number>;
  wasReset: boolean;
}

function* judgeStarts(story: PartitionStory, { steps }: CommittedTimeline): Generator<Finding> {
  const expected: Expectation = { acknowledged: 0, sure: 0, possible: new Set(), wasReset: false };
  for (const step of steps) {
    if (step.step === 'set') {
      expected.wasReset ||= step.isReset;
      if (step.call.outcome === 'ok') settle(expected, step.call.offset, true);
      else expected.possible.add(step.call.offset);
      continue;
    }
    const { consumer, generation, startOffset } = step.ownership;
    const fault = judge(story, expected, startOffset, generation);
    const who = `${consumer} began at ${startOffset} in generation ${generation}`;
    if (fault) yield { fault, what: `${who}, ${describe(expected)}` };
    else settle(expected, startOffset, false);
  }
}

function* judgeDescriptions(story: PartitionStory, timeline: CommittedTimeline): Generator<Finding> {
  for (const description of story.descriptions) {
    if (description.outcome !== 'ok' || isAcknowledged(timeline, description)) continue;
    const expected = expectationAt(story, timeline, description);
    const fault = judge(story, expected, description.offset ?? 0, Number.POSITIVE_INFINITY);
    const who = `a description showed ${description.offset ?? 'no committed offset'}`;
    if (fault) yield { fault, what: `${who}, ${describe(expected)}` };
  }
}

/** True if it shows what was acknowledged last before it was asked for, as most do. */
function isAcknowledged(timeline: CommittedTimeline, { begun, offset = 0 }: Description): boolean {
  return (acknowledgedAt(timeline, begun)?.call.offset ?? 0) === offset;
}

/** The last one, in the order of the broker, that was acknowledged before `moment`. */
function acknowledgedAt({ sets }: CommittedTimeline, moment: number): SetStep | undefined {
  return sets.findLast(({ call }) => call.outcome === 'ok' && call.ended < moment);
}

/** What a description can show: the last that was acknowledged before it was asked for, or anything that was begun since, before it was answered. */
function expectationAt(
  { resets }: PartitionStory,
  timeline: CommittedTimeline,
  { begun, ended }: Description,
): Expectation {
  const { sets } = timeline;
  const lastStep = acknowledgedAt(timeline, begun);
  const last = lastStep === undefined ? -1 : sets.indexOf(lastStep);
  const acknowledged = lastStep?.call.offset ?? 0;
  const later = sets.slice(last + 1).filter(({ call }) => call.begun < ended);
  const unseen = resets.filter((call) => call.outcome === 'unknown' && call.begun < ended);
  return {
    ...{ acknowledged, sure: acknowledged },
    possible: new Set([...later.map(({ call }) => call.offset), ...unseen.map(({ offset }) => offset)]),
    wasReset: sets.some(({ isReset, call }, place) => isReset && (place <= last || call.begun < ended)),
  };
}

function judge(
  { commits }: PartitionStory,
  { acknowledged, sure, possible, wasReset }: Expectation,
  offset: number,
  generation: number,
): Fault | undefined {
  if (offset === sure || possible.has(offset)) return undefined;
  if (offset < acknowledged) return 'lost';
  if (offset < sure) return 'back';
  const isOld = commits.some((commit) => commit.offset === offset && (commit.generation ?? 0) < generation);
  return wasReset && isOld ? 'overwritten' : 'unsent';
}

function settle(expected: Expectation, offset: number, isAcknowledged: boolean): void {
  if (isAcknowledged) expected.acknowledged = offset;
  expected.sure = offset;
  expected.possible.clear();
}

function describe({ acknowledged, sure, possible }: Expectation): string {
  const seen = sure === acknowledged ? '' : `, ${sure} was seen`;
  const open = possible.size === 0 ? '' : `, open were ${[...possible].slice(-5).join(', ')}`;
  return `but ${acknowledged} was acknowledged last${seen}${open}`;
}

/** Descriptions that show less than was seen before, without a reset in between. What falls below an acknowledged commit is told elsewhere. */
function* wentBack(story: PartitionStory): Generator<string> {
  const timeline = committedTimeline(story);
  const sightings = [
    ...story.ownerships.map((own) => ({ begun: own.joinedAt, ended: own.heardAt, offset: own.startOffset })),
    ...story.descriptions
      .filter(({ outcome }) => outcome === 'ok')
      .map(({ begun, ended, offset = 0 }) => ({ begun, ended, offset })),
  ];
  for (const description of story.descriptions) {
    const { outcome, begun, ended, offset = 0 } = description;
    if (outcome !== 'ok' || offset < (acknowledgedAt(timeline, begun)?.call.offset ?? 0)) continue;
    const higher = sightings.find(
      (sighting) =>
        sighting.ended < begun &&
        sighting.offset > offset &&
        !story.resets.some(
          (reset) => reset.outcome !== 'refused' && reset.ended > sighting.begun && reset.begun < ended,
        ),
    );
    if (higher) yield `a description showed ${offset} after ${higher.offset} had been seen`;
  }
}
