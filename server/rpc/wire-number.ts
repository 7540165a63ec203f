/** Numbers from the wire, checked. Each throws INVALID_ARGUMENT, naming the field as the .proto does, its value and what it may be. */
import { StoreError } from '../../segment-store/index.js';

const MAX_INT32 = 2 ** 31 - 1;

/** An offset: a safe integer, 0 or more. */
export function wireOffset(field: string, value: number): number {
  return within(field, value, 0, Number.MAX_SAFE_INTEGER);
}

/** An offset that may be absent. */
export function optionalOffset(field: string, value: number | null | undefined): number | undefined {
  return value == null ? undefined : wireOffset(field, value);
}

/** A time in milliseconds since 1970: a safe integer, 0 or more. */
export function wireTimestamp(field: string, value: number): number {
  return within(field, value, 0, Number.MAX_SAFE_INTEGER);
}

/** A number of anything: a safe integer, 0 or more. */
export function wireCount(field: string, value: number | null | undefined): number {
  return within(field, value ?? 0, 0, Number.MAX_SAFE_INTEGER);
}

/** A whole number of either sign. */
export function wireSigned(field: string, value: number): number {
  return within(field, value, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
}

/** A leader epoch. */
export function wireEpoch(field: string, value: number | null | undefined): number {
  return within(field, value ?? 0, 0, MAX_INT32);
}

/** A partition's number. */
export function wirePartition(value: number | null | undefined): number {
  return within('partition', value ?? 0, 0, MAX_INT32);
}

/** A number of things where 0 means that nothing was said: undefined then. */
export function countOrDefault(field: string, value: number | null | undefined): number | undefined {
  const count = wireCount(field, value);
  return count === 0 ? undefined : count;
}

function within(field: string, value: number, min: number, max: number): number {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return value;
  throw invalidArgument(field, `is ${value}; it must be a whole number from ${min} to ${max}`);
}

export function invalidArgument(field: string, problem: string): StoreError {
  return new StoreError('INVALID_ARGUMENT', `${field} ${problem}`, { field });
}
