/**
 * A record as a line of JSON, the same form in both directions: what `consume --format json` writes, `produce --format json` takes.
 *
 *     {"partition":0,"offset":7,"timestamp":"2026-01-31T12:00:00.000Z","key":"k1","value":"hello","headers":[{"key":"h","value":"x"}]}
 *
 * Text that is not UTF-8 stands in `keyBase64`, `valueBase64` and `{"key":…,"valueBase64":…}` instead. Null is `null`.
 */
import { z } from 'zod';

/** A record to produce. */
export interface JsonRecord {
  key: Buffer | null;
  value: Buffer | null;
  headers: { key: string; value: Buffer | null }[];
  timestampMs: number | undefined;
}

const base64 = z.base64();

const header = z
  .strictObject({ key: z.string(), value: z.string().nullable().optional(), valueBase64: base64.optional() })
  .refine((given) => given.value === undefined || given.valueBase64 === undefined, {
    error: 'value and valueBase64 are both given',
  });

const TIME_EXPECTED = 'expected milliseconds since 1970 or an ISO time with a zone';

const timestamp = z.union([z.int().min(0), z.iso.datetime({ offset: true, error: TIME_EXPECTED })], {
  error: TIME_EXPECTED,
});

const record = z
  .strictObject({
    key: z.string().nullable().optional(),
    keyBase64: base64.optional(),
    value: z.json().optional(),
    valueBase64: base64.optional(),
    headers: z.array(header).optional(),
    timestamp: timestamp.optional(),
    // Where the record was before; produced records get new ones.
    topic: z.string().optional(),
    partition: z.int().optional(),
    offset: z.int().optional(),
  })
  .refine((given) => given.key === undefined || given.keyBase64 === undefined, {
    error: 'key and keyBase64 are both given',
  })
  .refine((given) => given.value === undefined || given.valueBase64 === undefined, {
    error: 'value and valueBase64 are both given',
  });

/** Decodes a line. Throws an Error whose message says what is wrong with it. */
export function parseJsonLine(line: Buffer): JsonRecord {
  const parsed = record.safeParse(parseJson(line));
  if (!parsed.success) throw new Error(describe(parsed.error));
  const { key, keyBase64, value, valueBase64, headers = [] } = parsed.data;
  return {
    key: bytesOf(key, keyBase64),
    value: bytesOf(typeof value === 'string' || value == null ? value : JSON.stringify(value), valueBase64),
    headers: headers.map((given) => ({ key: given.key, value: bytesOf(given.value, given.valueBase64) })),
    timestampMs: timestampMs(parsed.data.timestamp),
  };
}

/** The JSON of any line, as `--key-by` looks into it. */
export function parseJson(line: Buffer): unknown {
  const text = line.toString('utf8');
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`it is not JSON: ${(error as Error).message}`);
  }
}

function bytesOf(text: string | null | undefined, base64Text: string | undefined): Buffer | null {
  if (base64Text !== undefined) return Buffer.from(base64Text, 'base64');
  return typeof text === 'string' ? Buffer.from(text) : null;
}

function timestampMs(given: number | string | undefined): number | undefined {
  return typeof given === 'string' ? Date.parse(given) : given;
}

function describe(error: z.ZodError): string {
  const issue = error.issues[0]!;
  const where = issue.path.length > 0 ? `${issue.path.join('.')}: ` : '';
  return `${where}${issue.message.replace(/^Invalid input: /, '')}`;
}
