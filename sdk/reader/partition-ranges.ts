import { Admin, type OffsetQuery, offsetOf, type Position } from '../admin/index.js';
import type { Connection } from '../connection/index.js';
import type { PartitionRange } from './partition-fetch.js';

/** What is asked for of a partition. */
export interface WantedRange {
  readonly topic: string;
  readonly partition: number;
  readonly from: Position;
  /** Undefined: where the log ends now, or no end if it is followed. */
  readonly until: Position | undefined;
}

/**
 * Turns positions into offsets, all in one call. They are resolved once, before reading, so that a connection that is lost and made again changes nothing
 * about what is read.
 */
export async function resolveRanges(
  connection: Connection,
  wanted: readonly WantedRange[],
  follow: boolean,
  signal: AbortSignal | undefined,
): Promise<PartitionRange[]> {
  const positions = wanted.flatMap(({ topic, partition, from, until }) => [
    { topic, partition, at: from },
    { topic, partition, at: until ?? (follow ? NO_END : 'latest') },
  ]);
  const offsets = await resolveAll(connection, positions, signal);
  return wanted.map(({ topic, partition, from }, i) => ({
    topic,
    partition,
    startOffset: offsets[2 * i]!,
    endOffset: offsets[2 * i + 1]!,
    fromEarliest: from === 'earliest',
  }));
}

const NO_END = { offset: Number.POSITIVE_INFINITY };

async function resolveAll(
  connection: Connection,
  positions: readonly OffsetQuery[],
  signal: AbortSignal | undefined,
): Promise<number[]> {
  const unknown = positions.filter(({ at }) => offsetOf(at) === undefined);
  const found = await new Admin(connection).listOffsets(unknown, { signal });
  const answers = found.values();
  return positions.map(({ at }) => offsetOf(at) ?? answers.next().value!.offset);
}
