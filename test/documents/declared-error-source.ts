/** The codes of a layer, as its `errors.ts` declares them: they are types, and so have to be read off the source. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = new URL('../../', import.meta.url);
const MEMBER = /\/\*\* (.+?) \*\/\s+([A-Z_]+): (\{.*?\}|Record<string, never>);/gs;

export interface DeclaredCode {
  code: string;
  /** The doc comment: when it is thrown, and what the caller does. */
  doc: string;
  /** The names of its details. */
  details: string[];
}

/** Every code of the log, in the order of the source. */
export function declaredStoreCodes(): DeclaredCode[] {
  return declaredCodes('segment-store/errors.ts', 'StoreErrorDetails');
}

/** Every code of the groups, in the order of the source. */
export function declaredGroupCodes(): DeclaredCode[] {
  return declaredCodes('consumer-groups/errors.ts', 'GroupErrorDetails');
}

function declaredCodes(path: string, details: string): DeclaredCode[] {
  const source = readFileSync(fileURLToPath(new URL(path, ROOT)), 'utf8');
  const body = new RegExp(`interface ${details} \\{\n(.*?)\n\\}`, 's').exec(source)?.[1];
  if (body === undefined) throw new Error(`${path} declares no interface ${details}`);
  return [...body.matchAll(MEMBER)].map((match) => ({
    code: match[2]!,
    doc: match[1]!,
    details: [...match[3]!.matchAll(/(\w+): /g)].map((detail) => detail[1]!),
  }));
}
