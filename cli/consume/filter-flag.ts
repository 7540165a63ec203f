import { usageError } from '../failure.js';

/** Collects `--header name` (any value) and `--header name=value`, for commander. */
export function collectFilterHeaders(
  text: string,
  before: Record<string, string | undefined> = {},
): Record<string, string | undefined> {
  const at = text.indexOf('=');
  const name = at < 0 ? text : text.slice(0, at);
  if (name === '') throw usageError(`--header is ${JSON.stringify(text)}; it must be name or name=value`);
  if (Object.hasOwn(before, name))
    throw usageError(`--header ${name} is given twice; one value can be asked for`);
  // defineProperty, since a header may be called __proto__.
  return Object.defineProperty({ ...before }, name, {
    value: at < 0 ? undefined : text.slice(at + 1),
    enumerable: true,
    configurable: true,
    writable: true,
  });
}
