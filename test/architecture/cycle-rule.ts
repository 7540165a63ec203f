/** No file imports itself by way of others, type imports included. */
import { importsOf, isOwn, resolveImport } from './module-import.js';
import { codeFiles, type SourceTree, type Violation } from './source-tree.js';

export function cycleRule(tree: SourceTree): Violation[] {
  const graph = importGraph(tree);
  const done = new Set<string>();
  const violations: Violation[] = [];
  for (const file of graph.keys()) {
    for (const cycle of cyclesFrom(graph, file, done)) violations.push(describe(cycle));
  }
  return violations;
}

/** What each file imports, of the files in the tree. */
export function importGraph(tree: SourceTree): ReadonlyMap<string, readonly string[]> {
  return new Map(
    codeFiles(tree).map(([file, text]) => [
      file,
      importsOf(text)
        .filter(({ specifier }) => isOwn(specifier))
        .map(({ specifier }) => resolveImport(tree, file, specifier))
        .filter((target) => tree.has(target)),
    ]),
  );
}

/** The cycles that a depth-first walk from `start` closes, each without its repeated first file. */
function cyclesFrom(
  graph: ReadonlyMap<string, readonly string[]>,
  start: string,
  done: Set<string>,
): string[][] {
  const path: string[] = [];
  const cycles: string[][] = [];
  const visit = (file: string): void => {
    const at = path.indexOf(file);
    if (at !== -1) cycles.push(path.slice(at));
    if (at !== -1 || done.has(file)) return;
    path.push(file);
    for (const next of graph.get(file) ?? []) visit(next);
    path.pop();
    done.add(file);
  };
  visit(start);
  return cycles;
}

function describe(cycle: readonly string[]): Violation {
  return {
    file: cycle[0]!,
    problem: `it imports itself: ${[...cycle, cycle[0]].join(' → ')}`,
    instead: 'Move what both ends need into a file of its own that imports neither',
  };
}
