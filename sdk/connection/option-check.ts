/** Checks of options at the edge: an error names the option, what it is and what it may be. */
import { RespoolError } from './error.js';

/** A whole number within bounds that are both inclusive. */
export function checkInteger(name: string, value: unknown, min: number, max = Number.MAX_SAFE_INTEGER): void {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max) return;
  throw invalidOption(name, value, `it must be a whole number from ${min} to ${max}`);
}

/** One of a few values. */
export function checkOneOf(name: string, value: unknown, allowed: readonly unknown[]): void {
  if (allowed.includes(value)) return;
  throw invalidOption(name, value, `it must be one of ${allowed.join(' | ')}`);
}

/** True or false. */
export function checkBoolean(name: string, value: unknown): void {
  if (typeof value !== 'boolean') throw invalidOption(name, value, 'it must be true or false');
}

/** Some text. */
export function checkText(name: string, value: unknown): void {
  if (typeof value === 'string' && value.length > 0) return;
  throw invalidOption(name, value, 'it must be a string that is not empty');
}

/**
 * The options with defaults filled in for those that are absent or undefined. An option that there is not is refused: most likely it is
 * misspelt, and would be missed in silence.
 */
export function withDefaults<T extends object>(
  defaults: T,
  options: object,
  alsoKnown: readonly string[] = [],
): T {
  const filled: T = { ...defaults };
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(defaults, name) && !alsoKnown.includes(name)) {
      const known = [...Object.keys(defaults), ...alsoKnown].join(', ');
      throw new RespoolError('INVALID_ARGUMENT', `there is no option ${name}; there are ${known}`, {
        details: { field: name },
      });
    }
    if (value !== undefined) Object.assign(filled, { [name]: value });
  }
  return filled;
}

/** The error for a value that is not allowed. */
export function invalidOption(name: string, value: unknown, expected: string): RespoolError {
  return new RespoolError('INVALID_ARGUMENT', `${name} is ${show(value)}; ${expected}`, {
    details: { field: name },
  });
}

function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value);
  return typeof value === 'object' && value !== null
    ? `a ${value.constructor?.name ?? 'object'}`
    : String(value);
}
