/** From a line of the input to the record that is sent. Pure. */
import type { ProducerRecord } from '../../sdk/index.js';
import { usageError } from '../failure.js';
import { parseJson, parseJsonLine } from './json-line.js';
import type { Line } from './line-splitter.js';
import { type KeyRule, keyBeforeSeparator, keyFromField, noKey } from './record-key.js';
import { UNTERMINATED_HEADER } from './unterminated.js';

/** How lines become records. */
export interface LineFormat {
  format: 'lines' | 'json' | 'records';
  keyBy?: string | undefined;
  keySeparator?: string | undefined;
  header?: readonly NewHeader[] | undefined;
}

export interface NewHeader {
  key: string;
  value: Buffer | null;
}

/** Makes a record of a line; throws an Error that says what is wrong with it. */
export type LineToRecord = (line: Line) => Omit<ProducerRecord, 'topic'>;

/** Throws a usage error for options that contradict each other. */
export function lineToRecord({ format, keyBy, keySeparator, header = [] }: LineFormat): LineToRecord {
  if (keyBy !== undefined && keySeparator !== undefined) {
    throw usageError('--key-by and --key-separator contradict each other');
  }
  if (format === 'records') {
    if (keyBy === undefined && keySeparator === undefined) return (line) => fromEnvelope(line, header);
    throw usageError(
      'with --format records each line names its key itself; leave out --key-by and --key-separator',
    );
  }
  return fromLine(keyRule(format, keyBy, keySeparator), header);
}

function fromLine(rule: KeyRule, header: readonly NewHeader[]): LineToRecord {
  const unterminated = [...header, { key: UNTERMINATED_HEADER, value: Buffer.alloc(0) }];
  return (line) => ({ ...rule(line.bytes), headers: line.terminated ? header : unterminated });
}

function keyRule(
  format: 'lines' | 'json',
  keyBy: string | undefined,
  separator: string | undefined,
): KeyRule {
  if (keyBy !== undefined) return keyFromField(keyBy, parseJson);
  const rule = separator === undefined ? noKey : keyBeforeSeparator(Buffer.from(separator));
  if (format === 'lines') return rule;
  return (line) => {
    const split = rule(line);
    parseJson(split.value);
    return split;
  };
}

function fromEnvelope({ bytes }: Line, header: readonly NewHeader[]): Omit<ProducerRecord, 'topic'> {
  const { key, value, headers, timestampMs } = parseJsonLine(bytes);
  return { key, value, headers: [...headers, ...header], timestampMs };
}
