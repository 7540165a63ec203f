import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { LAYERS } from '../architecture/layers.js';

const PAGE = fileURLToPath(new URL('../../docs/architecture.md', import.meta.url));
const ROW = /^\| `([\w/-]+)` \| .+ \| (nothing|`[\w/`, -]+`) \|$/gm;

/** Layers that are not part of the design: the page says of tests in words what they may. */
const LEFT_OUT = ['test', '.ci'];

test('docs/architecture.md has the layers and their imports as the architecture test enforces them', () => {
  const drawn = [...readFileSync(PAGE, 'utf8').matchAll(ROW)].map((match) => ({
    folder: match[1],
    mayImport: [...match[2]!.matchAll(/`([^`]+)`/g)].map((name) => name[1]),
  }));
  const enforced = LAYERS.filter(({ folder }) => !LEFT_OUT.includes(folder)).map(({ folder, mayImport }) => ({
    folder,
    mayImport: [...mayImport],
  }));
  expect(drawn).toEqual(enforced);
});
