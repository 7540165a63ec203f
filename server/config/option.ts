/**
 * What one option is: its kind, bounds, default and documentation, as data, so that flags, environment variables, the reference page and
 * every error message come from the same place.
 */
import parseDuration from 'parse-duration';
import { z } from 'zod';

export type OptionKind = 'count' | 'bytes' | 'ms' | 'ratio' | 'choice' | 'switch' | 'address' | 'path';

export interface Option<T> {
  readonly kind: OptionKind;
  readonly default: T;
  /** What it means; cost or danger at its extremes. Sentences. */
  readonly doc: string;
  /** What it may be, to go on from "it must be". */
  readonly expected: string;
  /** Turns a value of the right type, or text from a flag, the environment or a file, into the option's value. */
  readonly schema: z.ZodType<T>;
}

interface Bounds {
  min: number;
  max: number;
}

/** A whole number of things. */
export function count(fallback: number, bounds: Bounds, doc: string): Option<number> {
  return whole('count', 'a whole number', Number, fallback, bounds, doc);
}

/** A whole number of bytes; text may say `64KiB`, `64MiB`, `1GiB`. */
export function bytes(fallback: number, bounds: Bounds, doc: string): Option<number> {
  return whole('bytes', 'a whole number of bytes (or with KiB, MiB, GiB)', parseBytes, fallback, bounds, doc);
}

/** A whole number of milliseconds; text may say `500ms`, `10s`, `7d`. */
export function ms(fallback: number, bounds: Bounds, doc: string): Option<number> {
  return whole(
    'ms',
    'a whole number of milliseconds (or with ms, s, m, h, d)',
    parseMs,
    fallback,
    bounds,
    doc,
  );
}

/** As the option given, or `none`, which is undefined. */
export function orNone<T>(option: Option<T>, fallback: T | undefined): Option<T | undefined> {
  return {
    ...option,
    default: fallback,
    expected: `${option.expected}, or none`,
    schema: z.preprocess((value) => (value === 'none' ? undefined : value), option.schema.optional()),
  };
}

/** A number from 0 to 1. */
export function ratio(fallback: number, doc: string): Option<number> {
  return {
    kind: 'ratio',
    default: fallback,
    doc,
    expected: 'a number from 0 to 1',
    schema: z.preprocess(numberFrom(Number), z.number().min(0).max(1)),
  };
}

export function choice<const T extends string>(
  fallback: T,
  choices: readonly [T, ...T[]],
  doc: string,
): Option<T> {
  return {
    kind: 'choice',
    default: fallback,
    doc,
    expected: `one of ${choices.join(' | ')}`,
    schema: z.enum(choices) as z.ZodType<T>,
  };
}

/** On or off. */
export function onOff(fallback: boolean, doc: string): Option<boolean> {
  const words: Record<string, boolean> = { true: true, false: false };
  return {
    kind: 'switch',
    default: fallback,
    doc,
    expected: 'true or false',
    schema: z.preprocess((value) => (typeof value === 'string' ? words[value] : value), z.boolean()),
  };
}

/** A file or a folder. */
export function path(fallback: string, doc: string): Option<string> {
  return { kind: 'path', default: fallback, doc, expected: 'a path', schema: pathSchema };
}

/** A file that may be absent. */
export function optionalPath(doc: string): Option<string | undefined> {
  return orNone(path('', doc), undefined);
}

const pathSchema = z
  .string()
  .min(1)
  .refine((value) => !value.includes('\0'));

/** Where to listen. */
export interface Address {
  host: string;
  /** 0: any that is free. */
  port: number;
}

const ADDRESS = /^(?:\[([0-9a-fA-F:.%a-z]+)\]|([^:[\]\s]+)):(\d{1,5})$/;

/** The parts of `host:port` or `[v6]:port`; undefined if it is neither. */
export function parseAddress(text: string): Address | undefined {
  const match = ADDRESS.exec(text);
  const port = Number(match?.[3]);
  const host = match?.[1] ?? match?.[2];
  return host === undefined || port > 65535 ? undefined : { host, port };
}

export function formatAddress({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

const ADDRESS_EXPECTED = 'host:port, as 127.0.0.1:7654 or [::1]:7654, with a port from 0 (any) to 65535';

export function address(fallback: string, doc: string): Option<string> {
  return {
    kind: 'address',
    default: fallback,
    doc,
    expected: ADDRESS_EXPECTED,
    schema: z.string().refine((text) => parseAddress(text) !== undefined),
  };
}

export function addressOrOff(fallback: string, doc: string): Option<string> {
  return {
    kind: 'address',
    default: fallback,
    doc,
    expected: `${ADDRESS_EXPECTED}, or off`,
    schema: z.string().refine((text) => text === 'off' || parseAddress(text) !== undefined),
  };
}

function whole(
  kind: OptionKind,
  what: string,
  parse: (text: string) => number,
  fallback: number,
  { min, max }: Bounds,
  doc: string,
): Option<number> {
  return {
    kind,
    default: fallback,
    doc,
    expected: `${what} from ${min} to ${max}`,
    schema: z.preprocess(numberFrom(parse), z.number().int().min(min).max(max)),
  };
}

function numberFrom(parse: (text: string) => number): (value: unknown) => unknown {
  return (value) => (typeof value === 'string' && value.trim() !== '' ? parse(value.trim()) : value);
}

const BYTE_UNITS: Readonly<Record<string, number>> = { KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

function parseBytes(text: string): number {
  const match = /^(\d+)(?:\s?(KiB|MiB|GiB))?$/.exec(text);
  return match ? Number(match[1]) * (BYTE_UNITS[match[2] ?? ''] ?? 1) : Number.NaN;
}

/** parse-duration reads over words that it does not know: `7 dogs` would pass for 7 d. */
const DURATION = /^(?:\d+(?:\.\d+)?\s*(?:ms|s|m|min|h|d|w|mo|y)\s*)+$/i;

function parseMs(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  return DURATION.test(text.trim()) ? (parseDuration(text) ?? Number.NaN) : Number.NaN;
}
