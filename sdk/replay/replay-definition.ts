import { createHash } from 'node:crypto';
import { offsetOf, type Position } from '../admin/index.js';
import { RespoolError } from '../connection/index.js';
import type { RecordFilter } from '../reader/index.js';
import type { ResolvedReplayOptions } from './replay-options.js';

/** The bounds of one partition, as they were found out when the replay was begun. */
export interface ReplayBounds {
  readonly startOffset: number;
  readonly endOffset: number;
}

/** What makes a replay what it is: another of the same name must agree in all of it to go on with it. */
type Definition = Readonly<Record<string, string | boolean>>;

const VERSION = 1;

/** The metadata of a committed offset, as text. Short, whatever the options hold: long ones are told by a digest. */
export function encodeDefinition(
  options: ResolvedReplayOptions,
  keepPartitions: boolean,
  { startOffset, endOffset }: ReplayBounds,
): string {
  const definition = { ...definitionOf(options), keepsPartitions: keepPartitions };
  return JSON.stringify({ replay: VERSION, ...definition, startOffset, endOffset });
}

/**
 * Reads the metadata of a committed offset. INVALID_ARGUMENT, naming what differs, if it belongs to another replay, or to none.
 */
export function decodeDefinition(
  metadata: string,
  options: ResolvedReplayOptions,
): ReplayBounds & { keepPartitions: boolean } {
  const stored = parse(metadata);
  if (stored?.['replay'] !== VERSION)
    throw conflict(options, 'its group holds offsets that are not of a replay');
  for (const [field, value] of Object.entries(definitionOf(options))) {
    if (stored[field] !== value)
      throw conflict(options, `it was begun with ${field} ${stored[field]}, not ${value}`);
  }
  const { startOffset, endOffset, keepsPartitions } = stored;
  return {
    startOffset: Number(startOffset),
    endOffset: Number(endOffset),
    keepPartitions: keepsPartitions === true,
  };
}

function definitionOf(options: ResolvedReplayOptions): Definition {
  return {
    topic: options.topic,
    to: options.to,
    from: positionText(options.from),
    until: positionText(options.until),
    partitions: options.partitions === undefined ? 'all' : digest(options.partitions.join()),
    filter: options.filter === undefined ? 'none' : digest(filterText(options.filter)),
    keepPartitions: String(options.keepPartitions),
    keepTimestamps: options.keepTimestamps,
  };
}

function positionText(position: Position): string {
  if (position === 'earliest' || position === 'latest') return position;
  const offset = offsetOf(position);
  if (offset !== undefined) return `offset ${offset}`;
  const timestampMs =
    position instanceof Date ? position.getTime() : (position as { timestampMs: number }).timestampMs;
  return `time ${timestampMs}`;
}

function filterText({ key, headers = {} }: RecordFilter): string {
  const text = (bytes: unknown): string | null =>
    bytes === undefined || bytes === null ? null : Buffer.from(bytes as Uint8Array).toString('hex');
  const sorted = Object.entries(headers).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([text(key), sorted.map(([name, value]) => [name, text(value)])]);
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

function parse(metadata: string): Record<string, unknown> | undefined {
  try {
    const parsed: unknown = JSON.parse(metadata);
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function conflict({ name }: ResolvedReplayOptions, why: string): RespoolError {
  const message = `the replay ${name} cannot be gone on with: ${why}; give this one another name, or delete the group ${groupOf(name ?? '')}`;
  return new RespoolError('INVALID_ARGUMENT', message, { details: { field: 'name' } });
}

/** The group under which the progress of a replay is kept. */
export function groupOf(name: string): string {
  return `replay.${name}`;
}
