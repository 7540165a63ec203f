/** What a file imports: read off its text, which the formatter keeps in one shape. */
import { posix } from 'node:path';
import { lineAt, type SourceTree } from './source-tree.js';

export interface ModuleImport {
  /** As written: `./a.js`, `node:fs`, `@scope/name/sub`. */
  specifier: string;
  /** From 1. */
  line: number;
}

const PATTERNS: readonly RegExp[] = [
  // Static imports and exports, of values and of types.
  /^(?:import|export)\s+(?:type\s+)?(?:[\w$]+\s*,?\s*)?(?:\{[^}]*\}|\*(?:\s+as\s+[\w$]+)?)?\s*from\s+['"]([^'"]+)['"]/gm,
  /^import\s+['"]([^'"]+)['"]/gm,
  // Dynamic imports, as a call and as a type.
  /\bimport\(\s*['"]([^'"]+)['"]/g,
  /\brequire(?:\.resolve)?\(\s*['"]([^'"]+)['"]/g,
  // Files that are named: programs and workers that are started, code that is copied.
  /['"`](\.{1,2}\/[\w./-]+\.[cm]?[jt]s)['"`]/g,
];

/** Every import of a file, type imports, dynamic ones and named files included, once each, in the order of the lines. */
export function importsOf(text: string): ModuleImport[] {
  const first = new Map<string, ModuleImport>();
  for (const pattern of PATTERNS) {
    for (const match of text.matchAll(pattern)) {
      const specifier = match[1]!;
      const line = lineAt(text, match.index + match[0].indexOf(specifier));
      const known = first.get(specifier);
      if (known === undefined || line < known.line) first.set(specifier, { specifier, line });
    }
  }
  return [...first.values()].sort((a, b) => a.line - b.line);
}

/** The package's doors by the names that its users import, as package.json exports them. */
export const OWN_DOORS: Readonly<Record<string, string>> = {
  respool: 'sdk/index.ts',
  'respool/server': 'server/index.ts',
};

/** True for a specifier that names a file of ours: by its path, or by the package's own name. */
export function isOwn(specifier: string): boolean {
  return specifier.startsWith('.') || Object.hasOwn(OWN_DOORS, specifier);
}

/**
 * The path that a specifier of ours names: that of the source, where there is one (`./a.js` is `a.ts`), else what is
 * written, as for generated files.
 */
export function resolveImport(tree: SourceTree, from: string, specifier: string): string {
  if (Object.hasOwn(OWN_DOORS, specifier)) return OWN_DOORS[specifier]!;
  const path = posix.normalize(posix.join(posix.dirname(from), specifier));
  const source = path.replace(/\.([cm]?)js$/, '.$1ts');
  if (tree.has(source)) return source;
  return path;
}

/** The package that a specifier names: `@scope/name` or `name`. */
export function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
