/** From where to where a Fetch reads. */
import type { respool } from '../../proto/index.js';
import type { LogStore } from '../../segment-store/index.js';
import { wireOffset, wireTimestamp } from '../rpc/wire-number.js';

type Position = respool.v1.Position.$Properties;

/** Half-open. */
export interface FetchRange {
  startOffset: number;
  /** Infinity: without an end. */
  endOffset: number;
}

/** A position as an offset, and for a time that of the record found. */
export interface ResolvedPosition {
  offset: number;
  timestampMs?: number;
  logStartOffset: number;
  highWatermark: number;
}

/** Resolves the ends of a Fetch as they are now. TOPIC_NOT_FOUND, PARTITION_NOT_FOUND, INVALID_ARGUMENT. */
export async function fetchRange(
  store: LogStore,
  topic: string,
  partition: number,
  { from, until, follow }: Pick<respool.v1.FetchRequest, 'from' | 'until' | 'follow'>,
): Promise<FetchRange> {
  const start = await resolvePosition(store, topic, partition, from, 'from');
  const end = until ? (await resolvePosition(store, topic, partition, until, 'until')).offset : Infinity;
  return {
    startOffset: start.offset,
    endOffset: follow ? end : Math.min(end, start.highWatermark),
  };
}

/** Resolves one position; absent means earliest. `field` names it in errors. */
export async function resolvePosition(
  store: LogStore,
  topic: string,
  partition: number,
  position: Position | null | undefined,
  field: string,
): Promise<ResolvedPosition> {
  const { logStartOffset, highWatermark } = await store.bounds(topic, partition);
  const at = { logStartOffset, highWatermark };
  if (position?.offset != null) return { ...at, offset: wireOffset(`${field}.offset`, position.offset) };
  if (position?.latest) return { ...at, offset: highWatermark };
  if (position?.timestampMs == null) return { ...at, offset: logStartOffset };
  const wanted = wireTimestamp(`${field}.timestamp_ms`, position.timestampMs);
  const found = await store.findByTime(topic, partition, wanted);
  return found
    ? { ...at, offset: found.offset, timestampMs: found.timestampMs }
    : { ...at, offset: highWatermark };
}
