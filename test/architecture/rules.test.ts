import { describe, expect, test } from 'vitest';
import { bannedTextRule } from './banned-text-rule.js';
import { cycleRule } from './cycle-rule.js';
import { deadFileRule } from './dead-file-rule.js';
import { dependencyRule } from './dependency-rule.js';
import { fileNameRule } from './file-name-rule.js';
import { layerRule } from './layer-rule.js';
import { machineTraceRule } from './machine-trace-rule.js';
import { importsOf } from './module-import.js';
import { protoCommentRule } from './proto-comment-rule.js';
import { describeViolations, type Rule, treeOf } from './source-tree.js';

/** What a rule says of a made-up tree, one line a violation. */
function verdict(rule: Rule, files: Readonly<Record<string, string>>): string[] {
  return describeViolations(rule(treeOf(files)));
}

/** Keeps what is quoted here from being read as an import of this file. */
const from = (names: string, specifier: string): string => `import ${names} from '${specifier}';\n`;

describe('imports are found', () => {
  test.each([
    ['of values', from('{ a }', './a.js')],
    ['of a default and more', from('a, { b }', './a.js')],
    ['of a namespace', from('* as a', './a.js')],
    ['of types', from('type { A }', './a.js')],
    ['over several lines', from('{\n  a,\n  b,\n}', './a.js')],
    ['for their effect', `import ${"'./a.js'"};`],
    ['that are exported again', `export ${from('*', './a.js').slice('import '.length)}`],
    ['of types that are exported again', `export type ${from('{ A }', './a.js').slice('import '.length)}`],
    ['when the program runs', `  const a = await ${'import'}('./a.js');`],
    ['as a type within a type', `type A = ${'import'}('./a.js').A;`],
    ['by require', `const a = ${'require'}('./a.js');`],
    ['of programs that are started', `fork(new ${'URL'}('./a.js', import.meta.url));`],
  ])('%s', (_kind, text) => {
    expect(importsOf(text).map(({ specifier }) => specifier)).toEqual(['./a.js']);
  });

  test('with their lines', () => {
    expect(importsOf(`// first\n${from('{ a }', './a.js')}${from('{ b }', 'b')}`)).toEqual([
      { specifier: './a.js', line: 2 },
      { specifier: 'b', line: 3 },
    ]);
  });
});

describe('the rule of layers', () => {
  const doors = { 'segment-store/index.ts': '', 'segment-store/segment.ts': '', 'server/index.ts': '' };

  test('takes an import through the door of a layer below', () => {
    expect(
      verdict(layerRule, { ...doors, 'server/a.ts': from('{ a }', '../segment-store/index.js') }),
    ).toEqual([]);
  });

  test('refuses an import of a layer above', () => {
    expect(
      verdict(layerRule, { ...doors, 'segment-store/a.ts': from('type { A }', '../server/index.js') }),
    ).toEqual([
      'segment-store/a.ts:1: segment-store imports server. It may import proto/record-batch: ' +
        'hand in what it needs, or move the code to the layer that may know it',
    ]);
  });

  test('knows the batch format from the API that it lies in', () => {
    const files = { 'proto/index.ts': '', 'proto/record-batch/index.ts': '' };
    expect(
      verdict(layerRule, { ...files, 'segment-store/a.ts': from('{ a }', '../proto/record-batch/index.js') }),
    ).toEqual([]);
    expect(
      verdict(layerRule, { ...files, 'segment-store/a.ts': from('{ a }', '../proto/index.js') }),
    ).toHaveLength(1);
    expect(
      verdict(layerRule, { ...files, 'proto/record-batch/a.ts': from('{ a }', '../index.js') }),
    ).toHaveLength(1);
  });

  test('refuses to reach past a door', () => {
    expect(
      verdict(layerRule, { ...doors, 'server/a.ts': from('{ a }', '../segment-store/segment.js') }),
    ).toEqual([
      'server/a.ts:1: it reaches past the door of segment-store to segment-store/segment.ts. ' +
        'Import from segment-store/index.ts, and export there what is missing',
    ]);
  });

  test('refuses to reach into generated code', () => {
    expect(
      verdict(layerRule, { 'server/a.ts': from('{ a }', '../proto/generated/messages.js') }),
    ).toHaveLength(1);
  });

  test('lets tests reach into a layer, and benchmarks through doors only', () => {
    const inside = from('{ a }', '../segment-store/segment.js');
    expect(verdict(layerRule, { ...doors, 'test/a.test.ts': inside })).toEqual([]);
    expect(verdict(layerRule, { ...doors, 'bench/a.ts': inside })).toHaveLength(1);
  });

  test('knows the doors by the names that users import', () => {
    const door = from('{ Broker }', 'respool/server');
    expect(verdict(layerRule, { ...doors, 'examples/a.ts': door })).toEqual([]);
    expect(verdict(layerRule, { ...doors, 'segment-store/a.ts': door })).toHaveLength(1);
  });

  test('refuses a folder that is no layer', () => {
    expect(verdict(layerRule, { 'attic/a.ts': '' })).toEqual([
      'attic/a.ts: its folder is no layer. Move it, or add the folder with its allowed imports to test/architecture/layers.ts',
    ]);
  });
});

describe('the rule of cycles', () => {
  test('refuses a cycle, types included', () => {
    expect(
      verdict(cycleRule, {
        'sdk/a.ts': from('{ b }', './b.js'),
        'sdk/b.ts': from('type { C }', './c.js'),
        'sdk/c.ts': from('{ a }', './a.js'),
      }),
    ).toEqual([
      'sdk/a.ts: it imports itself: sdk/a.ts → sdk/b.ts → sdk/c.ts → sdk/a.ts. ' +
        'Move what both ends need into a file of its own that imports neither',
    ]);
  });

  test('refuses a file that imports its own door', () => {
    const files = {
      'sdk/index.ts': `export ${from('*', './a.js').slice(7)}`,
      'sdk/a.ts': from('{ b }', './index.js'),
    };
    expect(verdict(cycleRule, files)).toHaveLength(1);
  });

  test('takes two ways to one file', () => {
    expect(
      verdict(cycleRule, {
        'sdk/a.ts': from('{ b }', './b.js') + from('{ c }', './c.js'),
        'sdk/b.ts': from('{ c }', './c.js'),
        'sdk/c.ts': '',
      }),
    ).toEqual([]);
  });
});

describe('the rule of dead files', () => {
  const manifest = JSON.stringify({
    name: 'respool',
    bin: { respool: 'dist/cli/respool.cjs' },
    scripts: { generate: 'node proto/generate.mjs' },
  });

  test('takes what a door, a command, a script, a test leads to', () => {
    expect(
      verdict(deadFileRule, {
        'package.json': manifest,
        'cli/respool.cts': `${'require'}('./main.js')`,
        'cli/main.ts': '',
        'proto/generate.mjs': '',
        'sdk/index.ts': `export ${from('*', './client.js').slice(7)}`,
        'sdk/client.ts': '',
        'test/sdk/client.test.ts': from('{ broker }', '../fixtures/broker.js'),
        'test/fixtures/broker.ts': '',
      }),
    ).toEqual([]);
  });

  test('refuses a published file that only a test leads to', () => {
    expect(
      verdict(deadFileRule, {
        'package.json': manifest,
        'sdk/index.ts': '',
        'sdk/forgotten.ts': '',
        'test/sdk/forgotten.test.ts': from('{ a }', '../../sdk/forgotten.js'),
      }),
    ).toEqual([
      'sdk/forgotten.ts: no door, command or script leads to it. Import it where it is needed, or delete it; what only tests need lives in test/',
    ]);
  });

  test('refuses a fixture that no test imports', () => {
    expect(verdict(deadFileRule, { 'package.json': manifest, 'test/fixtures/old.ts': '' })).toHaveLength(1);
  });

  test('takes a declaration only while its package is imported', () => {
    const declaration = "declare module 'untyped' {}\n";
    const files = { 'package.json': manifest, 'sdk/untyped.d.ts': declaration };
    expect(verdict(deadFileRule, { ...files, 'sdk/index.ts': from('a', 'untyped') })).toEqual([]);
    expect(verdict(deadFileRule, { ...files, 'sdk/index.ts': '' })).toHaveLength(1);
  });
});

describe('the rule of names', () => {
  test.each([
    'sdk/utils.ts',
    'sdk/helpers/a.ts',
    'server/types.ts',
    'cli/common.ts',
    'cli/constants.ts',
    'sdk/misc.ts',
  ])('refuses %s', (file) => {
    expect(verdict(fileNameRule, { [file]: '' })).toEqual([
      `${file}: its name says nothing about what it holds. Name it after the one noun of the field that it is about, and split it if there are several`,
    ]);
  });

  test('takes a noun of the field', () => {
    expect(verdict(fileNameRule, { 'segment-store/offset-index.ts': '', 'sdk/typed-error.ts': '' })).toEqual(
      [],
    );
  });
});

describe('the rule of dependencies', () => {
  const manifest = (dependencies: object, devDependencies: object = {}): string =>
    JSON.stringify({ name: 'respool', dependencies, devDependencies, scripts: { test: 'vitest run' } });
  const rule: Rule = (tree) => dependencyRule(tree, []);

  test('refuses a package that is not declared', () => {
    expect(verdict(rule, { 'package.json': manifest({}), 'sdk/a.ts': from('a', '@scope/name/sub') })).toEqual(
      [
        'sdk/a.ts:1: @scope/name is not declared in package.json. Use what is there, or declare it under dependencies and say why in docs/adr/0002-dependencies.md',
      ],
    );
  });

  test('refuses a dependency of development in a published file, not in a test', () => {
    const files = { 'package.json': manifest({}, { pkg: '1' }), 'test/a.test.ts': from('a', 'pkg') };
    expect(verdict(rule, files)).toEqual([]);
    expect(verdict(rule, { ...files, 'sdk/a.ts': from('a', 'pkg') })).toHaveLength(1);
  });

  test('refuses a declared package that nothing imports', () => {
    expect(verdict(rule, { 'package.json': manifest({ pkg: '1' }) })).toEqual([
      'package.json: nothing imports pkg. Remove it with `npm uninstall`, or list it in AHEAD_OF_USE with a date and a reason',
    ]);
  });

  test('takes one that is listed ahead of use, and refuses the entry once it is imported', () => {
    const early: Rule = (tree) => dependencyRule(tree, [{ name: 'pkg', since: '2026-01-01', why: 'soon' }]);
    const files = { 'package.json': manifest({ pkg: '1' }) };
    expect(verdict(early, files)).toEqual([]);
    expect(verdict(early, { ...files, 'sdk/a.ts': from('a', 'pkg') })).toHaveLength(1);
  });

  test('takes what scripts run, Node itself and the package by its own name', () => {
    const files = { 'package.json': manifest({}, { vitest: '4' }), 'test/a.test.ts': from('a', 'node:fs') };
    expect(verdict(rule, { ...files, 'examples/a.ts': from('{ Respool }', 'respool') })).toEqual([]);
  });
});

describe('the rule of what is put off', () => {
  const a = 'a';
  test.each([
    [`test.${'only'}('x', f)`],
    [`describe.${'skip'}('x', f)`],
    [`it.concurrent.${'todo'}('x')`],
    [`describe.${'skipIf'}(true)('x', f)`],
    [`// TO${'DO'}: later`],
    [`// FIX${'ME'}`],
    [`const x = y as ${a}ny;`],
    [`const x = y as unknown as ${a}ny;`],
    [`// @ts-${'ignore'}`],
  ])('refuses %s', (text) => {
    expect(verdict(bannedTextRule, { 'sdk/a.ts': `\n${text}\n` })).toEqual([
      expect.stringMatching(/^sdk\/a\.ts:2: .+ \(`.+`\)\. .+/),
    ]);
  });

  test('takes the same words where they mean something else', () => {
    expect(verdict(bannedTextRule, { 'sdk/a.ts': `// the same as ${a}ny other\nreader.skip(4);\n` })).toEqual(
      [],
    );
  });
});

describe('the rule of machines', () => {
  test.each([
    ['a home folder', `see /ho${'me'}/somebody/x`],
    ['a work folder', `cd /wo${'rk'}/tree`],
    ['a registry', `see regis${'try'}.npmjs.org`],
    ['a registry below another host', `see re${'po'}.maven.apache.org`],
    ['a registry by its short name', `see py${'pi'}.org`],
  ])('refuses %s', (_what, text) => {
    expect(verdict(machineTraceRule, { 'docs/a.md': text })).toHaveLength(1);
  });

  test('refuses addresses in the lockfile', () => {
    const locked = `{ "resol${'ved'}": "htt${'p'}s://somewhere.net/a.tgz" }`;
    expect(verdict(machineTraceRule, { 'package-lock.json': locked })).toHaveLength(1);
  });

  test('takes paths from the root of the tree, and hosts that are no registries', () => {
    const text = 'test/work/a.ts http://127.0.0.1:7655/metrics http://www.apache.org/licenses/';
    expect(verdict(machineTraceRule, { 'docs/a.md': text })).toEqual([]);
  });
});

describe('the rule of the API', () => {
  const proto = (body: string): Record<string, string> => ({
    'proto/a.proto': `syntax = "proto3";\npackage respool.v1;\n${body}`,
  });

  test('takes what is documented', () => {
    const body = `
      // A service.
      service S {
        // A call.
        rpc Call(M) returns (M);
      }
      // A message.
      message M {
        // A field.
        string field = 1;
      }
      // An enum.
      enum E {
        // A value.
        ZERO = 0;
      }`;
    expect(verdict(protoCommentRule, proto(body))).toEqual([]);
  });

  test.each([
    ['a message', 'message M {}', 'respool.v1.M'],
    ['a field', '// M.\nmessage M { string field = 1; }', 'respool.v1.M.field'],
    ['an enum', 'enum E {\n// Z.\nZERO = 0;\n}', 'respool.v1.E'],
    ['an enum value', '// E.\nenum E { ZERO = 0; }', 'respool.v1.E.ZERO'],
    ['a service', 'service S {}', 'respool.v1.S'],
    ['a call', '// M.\nmessage M {}\n// S.\nservice S { rpc Call(M) returns (M); }', 'respool.v1.S.Call'],
  ])('refuses %s without a comment', (_what, body, name) => {
    expect(verdict(protoCommentRule, proto(body))).toEqual([
      `proto/a.proto: ${name} has no comment. Say above it what it is, its unit, its bounds, and what absent and zero mean`,
    ]);
  });
});
