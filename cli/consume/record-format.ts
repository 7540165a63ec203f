/** How a record is written to standard output. */
import type { Output } from '../output.js';
import { UNTERMINATED_HEADER } from '../produce/unterminated.js';
import { jsonBytes, jsonHeaders } from '../record-json.js';

/** A record of one of the partitions that are read. */
export interface ConsumedRecord {
  topic: string;
  partition: number;
  offset: number;
  timestampMs: number;
  key: Buffer | undefined;
  value: Buffer | undefined;
  headers: readonly { key: string; value: Buffer | undefined }[];
}

/** Writes a record; if a Promise comes back it must be awaited before the next. */
export type RecordWriter = (record: ConsumedRecord) => Promise<void> | undefined;

export const RECORD_FORMATS = Object.freeze({
  value: 'the value and a line feed, so that lines come out as they went in',
  'key-value': 'the key, a tab, the value and a line feed',
  raw: 'the value alone',
  json: 'a line of JSON for each record, with all that belongs to it',
});

export type RecordFormat = keyof typeof RECORD_FORMATS;

const LINE_FEED = Buffer.from('\n');
const TAB = Buffer.from('\t');
const NOTHING = Buffer.alloc(0);

/** Null keys and values are written like empty ones, except as JSON. */
export function recordWriter(output: Output, format: RecordFormat): RecordWriter {
  switch (format) {
    case 'value':
      return (record) => output.write(record.value ?? NOTHING, lineEnd(output, record));
    case 'key-value':
      return (record) =>
        output.write(record.key ?? NOTHING, TAB, record.value ?? NOTHING, lineEnd(output, record));
    case 'raw':
      return (record) => output.write(record.value ?? NOTHING);
    case 'json':
      return (record) => output.write(jsonLine(record));
  }
}

/** A record that was a last line without a line feed comes out without one; not on a terminal, where it would only confuse. */
function lineEnd(output: Output, { headers }: ConsumedRecord): Buffer {
  const unterminated = headers.length > 0 && headers.some(({ key }) => key === UNTERMINATED_HEADER);
  return unterminated && !output.isTerminal ? NOTHING : LINE_FEED;
}

function jsonLine({ topic, partition, offset, timestampMs, key, value, headers }: ConsumedRecord): string {
  const timestamp = new Date(timestampMs).toISOString();
  const record = {
    topic,
    partition,
    offset,
    timestamp,
    ...jsonBytes('key', key),
    ...jsonBytes('value', value),
  };
  return `${JSON.stringify({ ...record, ...jsonHeaders(headers) })}\n`;
}
