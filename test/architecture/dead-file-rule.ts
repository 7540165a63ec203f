/** Every file is reached from a door, a command, a script or a test. */
import { posix } from 'node:path';
import { importGraph } from './cycle-rule.js';
import { doorOf, LAYERS, layerOf } from './layers.js';
import { importsOf, packageOf } from './module-import.js';
import { readManifest } from './package-manifest.js';
import { codeFiles, type SourceTree, type Violation } from './source-tree.js';

export function deadFileRule(tree: SourceTree): Violation[] {
  const graph = importGraph(tree);
  const shipped = reach(graph, shippedRoots(tree));
  const all = reach(graph, [...shipped, ...otherRoots(tree)]);
  return codeFiles(tree)
    .map(([file]) => file)
    .filter((file) => !(layerOf(file)?.shipped ? shipped : all).has(file) && !isUsedDeclaration(tree, file))
    .map((file) => ({
      file,
      problem: layerOf(file)?.shipped
        ? 'no door, command or script leads to it'
        : 'no test, example, script or configuration leads to it',
      instead: 'Import it where it is needed, or delete it; what only tests need lives in test/',
    }));
}

const PROGRAM = /[\w./-]+\.[cm]?[jt]s\b/g;

/** The doors, the commands of package.json and the programs that its scripts run. */
function shippedRoots(tree: SourceTree): string[] {
  const manifest = readManifest(tree);
  const commands = Object.values(manifest.bin).flatMap((path) => {
    const source = path.replace(/^dist\//, '');
    return [source, source.replace(/\.([cm]?)js$/, '.$1ts')];
  });
  const scripts = Object.values(manifest.scripts).flatMap((script) => script.match(PROGRAM) ?? []);
  return [...LAYERS.map(doorOf), ...commands, ...scripts];
}

/** Folders whose files, not those of folders below, are programs or configuration. */
const FOLDERS_OF_PROGRAMS: ReadonlySet<string> = new Set(['.', 'examples', 'bench']);

/** Tests, programs of their own, configuration at the root, and what CI runs. */
function otherRoots(tree: SourceTree): string[] {
  const programs = codeFiles(tree)
    .map(([file]) => file)
    .filter((file) => file.endsWith('.test.ts') || FOLDERS_OF_PROGRAMS.has(posix.dirname(file)));
  return [...programs, ...(tree.get('.ci/run')?.match(PROGRAM) ?? [])];
}

function reach(graph: ReadonlyMap<string, readonly string[]>, roots: readonly string[]): Set<string> {
  const reached = new Set<string>();
  const open = [...roots];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (reached.has(file)) continue;
    reached.add(file);
    open.push(...(graph.get(file) ?? []));
  }
  return reached;
}

/** A declaration of a package without types lives as long as somebody imports the package. */
function isUsedDeclaration(tree: SourceTree, file: string): boolean {
  if (!file.endsWith('.d.ts')) return false;
  const declared = [...(tree.get(file) ?? '').matchAll(/^declare module '([^']+)'/gm)].map(
    (match) => match[1]!,
  );
  const imported = new Set(
    codeFiles(tree).flatMap(([, text]) => importsOf(text).map(({ specifier }) => packageOf(specifier))),
  );
  return declared.some((name) => imported.has(packageOf(name)));
}
