/** Rules for what members are handed. Each yields one sentence per violation. */
import { committedTimeline } from './committed-timeline.js';
import type { Delivery, PartitionStory } from './partition-story.js';

/** Only owners are handed records. */
export function* onlyOwnersRead({ strays }: PartitionStory): Generator<string> {
  for (const { consumer, generation, offset } of strays)
    yield `${consumer} was handed offset ${offset} of generation ${generation}, in which it does not own the partition`;
}

/** Reading is gapless: an owner is handed one offset after the other, from where it was told that it begins. */
export function* readingIsGapless({ ownerships }: PartitionStory): Generator<string> {
  for (const { consumer, generation, startOffset, deliveries } of ownerships) {
    let expected = startOffset;
    for (const { offset, values } of deliveries) {
      if (offset !== expected)
        yield `${consumer} was handed offset ${offset} where ${expected} was due, in generation ${generation}`;
      expected = offset + values.length;
    }
  }
}

/** What is read is what the log holds. */
export function* readIsStored({ values: stored, ownerships, strays }: PartitionStory): Generator<string> {
  for (const { consumer, offset, values } of [...ownerships.flatMap((own) => own.deliveries), ...strays]) {
    const wrong = values.findIndex((value, i) => value !== stored[offset + i]);
    if (wrong !== -1)
      yield `${consumer} read ${values[wrong]} at offset ${offset + wrong}, which holds ${stored[offset + wrong]}`;
  }
}

/** Every record is read by somebody, unless a reset went past it. */
export function* everyRecordIsRead(story: PartitionStory): Generator<string> {
  const deliveries = story.ownerships.flatMap((own) => own.deliveries);
  const covered = [...deliveries.map(rangeOf), ...skippedByResets(story)];
  let expected = 0;
  for (const { from, to } of [...covered, endOf(story)].sort((a, b) => a.from - b.from)) {
    if (from > expected) yield `nobody read the offsets ${expected}..${from}`;
    expected = Math.max(expected, to);
  }
}

interface OffsetRange {
  from: number;
  to: number;
}

function rangeOf({ offset, values }: Delivery): OffsetRange {
  return { from: offset, to: offset + values.length };
}

function endOf({ values }: PartitionStory): OffsetRange {
  return { from: values.length, to: values.length };
}

/** What lies between the last committed offset that is sure and the place to which a reset went. */
function* skippedByResets(story: PartitionStory): Generator<OffsetRange> {
  let committed = 0;
  for (const step of committedTimeline(story).steps) {
    if (step.step === 'give') continue;
    const { offset, outcome } = step.call;
    if (step.isReset && offset > committed) yield { from: committed, to: offset };
    if (outcome === 'ok') committed = offset;
  }
}
