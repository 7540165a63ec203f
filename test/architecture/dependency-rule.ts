/** package.json names what is imported, all of it and nothing else. */
import { isBuiltin } from 'node:module';
import { layerOf } from './layers.js';
import { importsOf, isOwn, packageOf } from './module-import.js';
import { type PackageManifest, readManifest } from './package-manifest.js';
import { codeFiles, type SourceTree, type Violation } from './source-tree.js';

/** Declared ahead of the code that will import it. An entry goes when something imports it. */
export interface AheadOfUse {
  name: string;
  /** Year-month-day. */
  since: string;
  why: string;
}

export const AHEAD_OF_USE: readonly AheadOfUse[] = [];

/** Packages of development that nothing imports, and what runs them. */
const RUN_BY_SCRIPTS: Readonly<Record<string, string>> = {
  '@biomejs/biome': 'biome',
  typescript: 'tsc',
  vitest: 'vitest',
};

export function dependencyRule(
  tree: SourceTree,
  aheadOfUse: readonly AheadOfUse[] = AHEAD_OF_USE,
): Violation[] {
  const manifest = readManifest(tree);
  return [
    ...undeclared(tree, manifest),
    ...unused(tree, manifest, aheadOfUse),
    ...aheadOfUse
      .filter(({ name }) => importedPackages(tree).has(name) || !(name in manifest.dependencies))
      .map(({ name }) => ({
        file: 'test/architecture/dependency-rule.ts',
        problem: `${name} is still listed as declared ahead of use`,
        instead: 'Remove the entry: the package is imported by now, or no longer declared',
      })),
  ];
}

function undeclared(tree: SourceTree, manifest: PackageManifest): Violation[] {
  return codeFiles(tree).flatMap(([file, text]) =>
    importsOf(text)
      .filter(({ specifier }) => isPackage(specifier) && packageOf(specifier) !== manifest.name)
      .flatMap(({ specifier, line }) => {
        const name = packageOf(specifier);
        if (name in manifest.dependencies) return [];
        const development = name in manifest.devDependencies;
        // The generator of proto/ runs at build time, from a checkout.
        if (development && (!layerOf(file)?.shipped || file.endsWith('.mjs'))) return [];
        return [
          {
            file,
            line,
            problem: development
              ? `${name} is a dependency of development only, and this file is published`
              : `${name} is not declared in package.json`,
            instead:
              'Use what is there, or declare it under dependencies and say why in docs/adr/0002-dependencies.md',
          },
        ];
      }),
  );
}

function unused(tree: SourceTree, manifest: PackageManifest, aheadOfUse: readonly AheadOfUse[]): Violation[] {
  const imported = importedPackages(tree);
  const scripts = Object.values(manifest.scripts).join('\n');
  return Object.keys({ ...manifest.dependencies, ...manifest.devDependencies })
    .filter((name) => !imported.has(name) && !name.startsWith('@types/'))
    .filter((name) => !aheadOfUse.some((entry) => entry.name === name))
    .filter((name) => !(name in RUN_BY_SCRIPTS && new RegExp(`\\b${RUN_BY_SCRIPTS[name]}\\b`).test(scripts)))
    .map((name) => ({
      file: 'package.json',
      problem: `nothing imports ${name}`,
      instead: 'Remove it with `npm uninstall`, or list it in AHEAD_OF_USE with a date and a reason',
    }));
}

function importedPackages(tree: SourceTree): Set<string> {
  return new Set(
    codeFiles(tree)
      .flatMap(([, text]) => importsOf(text))
      .filter(({ specifier }) => isPackage(specifier))
      .map(({ specifier }) => packageOf(specifier)),
  );
}

function isPackage(specifier: string): boolean {
  return !isOwn(specifier) && !isBuiltin(specifier) && !specifier.startsWith('#');
}
