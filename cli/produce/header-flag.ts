import { usageError } from '../failure.js';
import type { NewHeader } from './line-record.js';

/** Collects `--header name=value`, for commander. The value may be empty, and may hold further `=`. */
export function collectHeaders(text: string, before: NewHeader[] = []): NewHeader[] {
  const at = text.indexOf('=');
  if (at < 1) throw usageError(`--header is ${JSON.stringify(text)}; it must be name=value`);
  return [...before, { key: text.slice(0, at), value: Buffer.from(text.slice(at + 1)) }];
}
