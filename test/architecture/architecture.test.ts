import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { bannedTextRule } from './banned-text-rule.js';
import { cycleRule } from './cycle-rule.js';
import { deadFileRule } from './dead-file-rule.js';
import { dependencyRule } from './dependency-rule.js';
import { fileNameRule } from './file-name-rule.js';
import { layerRule } from './layer-rule.js';
import { machineTraceRule } from './machine-trace-rule.js';
import { OWN_DOORS } from './module-import.js';
import { readManifest } from './package-manifest.js';
import { protoCommentRule } from './proto-comment-rule.js';
import { describeViolations, type Rule, readSourceTree } from './source-tree.js';

const RULES: readonly [guarantee: string, rule: Rule][] = [
  ['imports go from layer to layer as the table says, through the doors', layerRule],
  ['no file imports itself by way of others', cycleRule],
  ['every file is reached from a door, a command, a script or a test', deadFileRule],
  ['files are named after what they hold', fileNameRule],
  ['package.json declares what is imported, and nothing else', dependencyRule],
  ['nothing is put off, switched off or silenced', bannedTextRule],
  ['nothing tells of the machine it was written on', machineTraceRule],
  ['every part of the API is documented', protoCommentRule],
];

describe('the tree', () => {
  const tree = readSourceTree(fileURLToPath(new URL('../..', import.meta.url)));

  test.each(RULES)('%s', (_guarantee, rule) => {
    expect(describeViolations(rule(tree))).toEqual([]);
  });

  test('the package exports the doors that the rules know it by', () => {
    const { name, exports } = readManifest(tree);
    const doors = Object.entries(exports).flatMap(([subpath, target]) =>
      typeof target === 'string' ? [] : [[posix.join(name, subpath), sourceOf(target['default'])]],
    );
    expect(Object.fromEntries(doors)).toEqual(OWN_DOORS);
  });
});

/** `./dist/sdk/index.js` is built from `sdk/index.ts`. */
function sourceOf(built: string | undefined): string | undefined {
  return built?.replace(/^\.\/dist\//, '').replace(/\.js$/, '.ts');
}
