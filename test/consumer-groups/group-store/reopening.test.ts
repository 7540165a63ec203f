import { expect, test } from 'vitest';
import { groupStoreFolder } from './group-store-folder.js';

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
