/** The codes of the log, as `segment-store/errors.ts` declares them: they are types, and so have to be read off the source. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const SOURCE = fileURLToPath(new URL('../../segment-store/errors.ts', import.meta.url));
const DECLARATION = /interface StoreErrorDetails \{\n(.*?)\n\}/s;
const MEMBER = /\/\*\* (.+?) \*\/\s+([A-Z_]+): (\{.*?\}|Record<string, never>);/gs;

export interface DeclaredCode {
  code: string;
  /** The doc comment: when it is thrown, and what the caller does. */
  doc: string;
  /** The names of its details. */
  details: string[];
}

/** Every code, in the order of the source. */
export function declaredStoreCodes(): DeclaredCode[] {
  const body = DECLARATION.exec(readFileSync(SOURCE, 'utf8'))?.[1];
  if (body === undefined) throw new Error(`${SOURCE} declares no interface StoreErrorDetails`);
  return [...body.matchAll(MEMBER)].map((match) => ({
    code: match[2]!,
    doc: match[1]!,
    details: [...match[3]!.matchAll(/(\w+): /g)].map((detail) => detail[1]!),
  }));
}
