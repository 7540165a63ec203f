import { rm } from 'node:fs/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ExpectedState, stateOf } from './group-state.js';
import { groupStoreFolder } from './group-store-folder.js';
import { RandomChanges } from './random-changes.js';

const folder = groupStoreFolder();

test('what was written is there when it resolves, and after it was opened again', async () => {
  const first = await folder.open();
  const committed = { offset: 7, leaderEpoch: 0, metadata: 'ä', committedMs: 1 };
  await first.groups.write([
    { kind: 'offset', group: 'g', topic: 't', partition: 3, committed },
    { kind: 'group', group: 'g', state: { generation: 2, emptySinceMs: undefined } },
  ]);
  expect(first.groups.committed('g', 't', 3)).toEqual(committed);
  await first.close();
  const second = await folder.open();
  expect(second.groups.committed('g', 't', 3)).toEqual(committed);
  expect(second.groups.state('g')).toEqual({ generation: 2, emptySinceMs: undefined });
});

type Step = 'write' | 'reopen' | 'crash' | 'lose-view';

test('memory is the fold of what was written, whatever is opened again, with a view or without', async () => {
  const steps = fc.array(
    fc.tuple(
      fc.constantFrom<Step>('write', 'write', 'write', 'write', 'reopen', 'crash', 'lose-view'),
      fc.integer({ min: 1, max: 40 }),
    ),
    { minLength: 5, maxLength: 25 },
  );
  await fc.assert(
    fc.asyncProperty(steps, fc.integer(), async (plan, seed) => {
      await rm(folder.path, { recursive: true });
      const changes = new RandomChanges(seed);
      const expected = new ExpectedState();
      let open = await folder.open();
      for (const [step, count] of plan) {
        if (step === 'write') {
          const write = changes.write(count);
          await open.groups.write(write);
          expected.apply(write);
        } else {
          if (step === 'crash') await open.log.close();
          else await open.close();
          if (step === 'lose-view') await rm(folder.viewDir, { recursive: true, force: true });
          open = await folder.open();
        }
        expect(stateOf(open.groups)).toEqual(expected.state);
        expect(open.groups.totalOffsets).toBe(countOffsets(expected.state));
      }
      expect(open.fatal).toEqual([]);
      await open.close();
    }),
    { numRuns: 12 },
  );
}, 120_000);

function countOffsets(state: readonly string[]): number {
  return state.filter((change) => change.startsWith('{"kind":"offset"')).length;
}
