/** Offsets by partition as text: what a plan is exported to and read from. Pure. */

export interface ListedOffset {
  /** Undefined: the list is for whichever group is named with it. */
  group?: string | undefined;
  topic: string;
  /** From 0. */
  partition: number;
  /** The next to read. */
  offset: number;
}

/** As it was read: where it stands, for messages. */
export interface ReadOffset extends ListedOffset {
  group: string | undefined;
  /** From 1. */
  line: number;
}

/** How offsets are written. */
export const OFFSET_FORMATS = ['csv', 'json'] as const;
export type OffsetFormat = (typeof OFFSET_FORMATS)[number];

/** What is wrong with a list, and where. */
export class OffsetListError extends Error {
  override readonly name = 'OffsetListError';
  constructor(
    readonly line: number,
    reason: string,
  ) {
    super(`line ${line}: ${reason}`);
  }
}

/**
 * Lines of `topic,partition,offset`, or of `group,topic,partition,offset` where offsets have a group: Kafka's columns, which has no header. Or lines of JSON with those names. Names of groups
 * and topics need no quotes: the rule for names leaves nothing that would.
 */
export function formatOffsetList(offsets: readonly ListedOffset[], format: OffsetFormat): string {
  return offsets.map((one) => `${format === 'csv' ? csvLine(one) : jsonLine(one)}\n`).join('');
}

/**
 * Reads what {@link formatOffsetList} and `kafka-consumer-groups --export` write; JSON, which begins with `{` or `[`, may be spread over lines and stand in an array. Empty lines are
 * nothing. Throws an {@link OffsetListError}, for a partition that is there twice, too.
 */
export function parseOffsetList(text: string): ReadOffset[] {
  const isJson = /^\uFEFF?\s*[{[]/.test(text);
  const offsets = isJson ? parseJson(text) : parseCsv(text);
  checkUnique(offsets);
  return offsets;
}

function csvLine({ group, topic, partition, offset }: ListedOffset): string {
  return [...(group === undefined ? [] : [group]), topic, partition, offset].join(',');
}

function jsonLine({ group, topic, partition, offset }: ListedOffset): string {
  return JSON.stringify({ group, topic, partition, offset });
}

function parseCsv(text: string): ReadOffset[] {
  const offsets: ReadOffset[] = [];
  let columns: number | undefined;
  for (const [index, content] of text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .entries()) {
    const line = index + 1;
    if (content.trim() === '') continue;
    const cells = csvCells(content.trim(), line);
    columns ??= cells.length;
    checkColumns(cells, columns, line);
    const [offset, partition, topic, group] = cells.toReversed();
    offsets.push(
      checkedOffset({ group, topic, partition: cellNumber(partition), offset: cellNumber(offset) }, line),
    );
  }
  return offsets;
}

/** Kafka quotes names that are long. */
function csvCells(content: string, line: number): string[] {
  const cells: string[] = [];
  const cell = /\s*(?:"((?:[^"]|"")*)"|([^",]*))\s*(,|$)/y;
  for (let more = true; more; ) {
    const match = cell.exec(content);
    if (match === null) throw new OffsetListError(line, 'a quote is not closed, or stands within a name');
    cells.push(match[1]?.replaceAll('""', '"') ?? match[2]!.trim());
    more = match[3] === ',';
  }
  return cells;
}

function checkColumns(cells: readonly string[], columns: number, line: number): void {
  if (columns !== 3 && columns !== 4) {
    const expected = 'expected topic,partition,offset or group,topic,partition,offset';
    throw new OffsetListError(line, `${expected}, not ${JSON.stringify(cells.join(','))}`);
  }
  if (cells.length === columns) return;
  throw new OffsetListError(line, `it has ${cells.length} columns, the lines before it have ${columns}`);
}

function cellNumber(cell: string | undefined): number | string | undefined {
  return cell !== undefined && /^\d+$/.test(cell) ? Number(cell) : cell;
}

function parseJson(text: string): ReadOffset[] {
  return [...jsonObjects(text)].map(({ line, json }) => {
    const value = parseObject(json, line);
    return checkedOffset(value, line);
  });
}

/** The objects of a text, whether it is one, an array of them, or one behind the other; nested ones are part of their parent. */
function* jsonObjects(text: string): Generator<{ line: number; json: string }> {
  const token = /"(?:[^"\\\n]|\\.)*"|[{}\n]|[^\s"{},[\]\uFEFF]/g;
  let line = 1;
  let depth = 0;
  let begin = { at: 0, line };
  for (const { 0: found, index } of text.matchAll(token)) {
    if (found === '\n') line++;
    else if (found === '{' && depth++ === 0) begin = { at: index, line };
    else if (found === '}' && --depth === 0)
      yield { line: begin.line, json: text.slice(begin.at, index + 1) };
    else if (depth <= 0 && found !== '{')
      throw new OffsetListError(line, `expected an object, not ${JSON.stringify(found)}`);
  }
  if (depth > 0) throw new OffsetListError(begin.line, 'the object that begins here does not end');
}

function parseObject(json: string, line: number): Record<string, unknown> {
  try {
    return JSON.parse(json) as Record<string, unknown>;
  } catch (error) {
    throw new OffsetListError(line, `it is not JSON: ${(error as Error).message}`);
  }
}

function checkedOffset(
  { group, topic, partition, offset }: Record<string, unknown>,
  line: number,
): ReadOffset {
  const named = (name: string, value: unknown) => {
    if (typeof value === 'string' && value !== '') return value;
    throw new OffsetListError(line, `the ${name} is ${shown(value)}; expected a name`);
  };
  const whole = (name: string, value: unknown) => {
    if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
    throw new OffsetListError(line, `the ${name} is ${shown(value)}; expected a whole number, 0 or more`);
  };
  return {
    group: group === undefined ? undefined : named('group', group),
    topic: named('topic', topic),
    partition: whole('partition', partition),
    offset: whole('offset', offset),
    line,
  };
}

function shown(value: unknown): string {
  return value === undefined ? 'missing' : JSON.stringify(value);
}

function checkUnique(offsets: readonly ReadOffset[]): void {
  const lines = new Map<string, number>();
  for (const { group, topic, partition, line } of offsets) {
    const key = JSON.stringify([group, topic, partition]);
    const first = lines.get(key);
    if (first !== undefined) {
      throw new OffsetListError(line, `${topic}-${partition} is there already, in line ${first}`);
    }
    lines.set(key, line);
  }
}
