import { describe, expect, test } from 'vitest';
import type { RefusedCommit } from '../../../consumer-groups/index.js';
import { StoreError } from '../../../segment-store/index.js';
import { HeldGroupStore } from './fixtures/held-group-store.js';
import { runningGroups, turns } from './fixtures/running-groups.js';

const open = runningGroups();

describe('a commit of a member', () => {
  test('is judged partition by partition: what is refused changes nothing, all else is stored in one write', async () => {
    const held = new HeldGroupStore();
    const { createTopic, join, append, committed, groups, events } = await open({
      options: { maxCommitMetadataBytes: 10 },
      wrapGroups: (store) => held.wrap(store),
    });
    await createTopic('orders', 6);
    for (let partition = 0; partition < 6; partition += 1) await append('orders', partition, 'a', 'b', 'c');
    const first = await join();
    await first.until(() => first.owned.size === 6);
    held.writes = 0;
    const refused = await first.member.commit([
      first.commitOf('orders-0', 3),
      first.commitOf('orders-1', -1),
      first.commitOf('orders-2', 4),
      { ...first.commitOf('orders-3', 1), generation: 7 },
      { ...first.commitOf('orders-4', 1), metadata: 'ä'.repeat(6) },
      { ...first.commitOf('orders-0', 1), topic: 'bills' },
      { ...first.commitOf('orders-5', 2), metadata: 'ten bytes!' },
    ]);
    expect(refused.map(shown)).toEqual([
      'orders-1 INVALID_ARGUMENT offset',
      'orders-2 OFFSET_OUT_OF_RANGE 0..3',
      'orders-3 STALE_GENERATION 7, now 1',
      'orders-4 INVALID_ARGUMENT metadata',
      'bills-0 PARTITION_NOT_OWNED',
    ]);
    expect(held.writes).toBe(1);
    expect([0, 1, 2, 3, 4, 5].map((partition) => committed('orders', partition))).toEqual([
      3,
      ...new Array(4).fill(undefined),
      2,
    ]);
    expect(groups.committed('workers', 'orders', 5)?.metadata).toBe('ten bytes!');
    expect(events.filter(({ event }) => event === 'commit-refused')).toHaveLength(5);
  });

  test('may go from 0 to the high watermark, also below the log start offset, and back', async () => {
    const { createTopic, join, append, committed, log } = await open();
    await createTopic('orders', 1);
    await append('orders', 0, 'a', 'b');
    await append('orders', 0, 'c', 'd');
    const first = await join();
    await first.until(() => first.owned.size === 1);
    await log.truncatePrefix('orders', 0, 2);
    for (const offset of [4, 0, 1]) {
      expect(await first.member.commit([first.commitOf('orders-0', offset)])).toEqual([]);
      expect(committed('orders', 0)).toBe(offset);
    }
  });

  test('of what was appended a moment ago is taken, although the member was not sent it', async () => {
    const { createTopic, join, append } = await open();
    await createTopic('orders', 1);
    await append('orders', 0, 'a');
    const first = await join();
    first.member.grant(1e6);
    await first.until(() => first.batches.length === 1);
    first.member.pause(first.partition('orders-0'), true);
    await append('orders', 0, 'b');
    expect(await first.member.commit([first.commitOf('orders-0', 2)])).toEqual([]);
  });

  test('beyond the most committed offsets is refused, unless there is one for the partition already', async () => {
    const { createTopic, join } = await open({ options: { maxCommittedOffsets: 2 } });
    await createTopic('orders', 3);
    const first = await join();
    await first.until(() => first.owned.size === 3);
    const all = [0, 1, 2].map((partition) => first.commitOf(`orders-${partition}`, 0));
    expect((await first.member.commit(all)).map(shown)).toEqual(['orders-2 TOO_MANY']);
    expect((await first.member.commit(all)).map(shown)).toEqual(['orders-2 TOO_MANY']);
  });

  test('names a partition several times: the last one counts', async () => {
    const { createTopic, join, append, committed } = await open();
    await createTopic('orders', 1);
    await append('orders', 0, 'a', 'b');
    const first = await join();
    await first.until(() => first.owned.size === 1);
    await first.member.commit([first.commitOf('orders-0', 2), first.commitOf('orders-0', 1)]);
    expect(committed('orders', 0)).toBe(1);
  });

  test('is taken from a member that is to release the partition, until it does', async () => {
    const { createTopic, join, append, committed } = await open();
    await createTopic('orders', 2);
    await append('orders', 0, 'a', 'b');
    await append('orders', 1, 'a', 'b');
    const first = await join();
    await first.until(() => first.owned.size === 2);
    const second = await join();
    await first.until(() => first.revoked.size === 1);
    const [name] = first.revoked.keys();
    const { partition } = first.partition(name!);
    const late = first.commitOf(name!, 1);
    const commit = first.member.commit([first.commitOf(name!, 2)]);
    first.release();
    const afterwards = first.member.commit([late]);
    expect(await commit).toEqual([]);
    expect((await afterwards).map(shown)).toEqual([`${name} PARTITION_NOT_OWNED`]);
    await second.until(() => second.owned.size === 1);
    expect(second.partition(name!)).toMatchObject({ startOffset: 2, committedOffset: 2 });
    expect(committed('orders', partition)).toBe(2);
  });

  test('accepted before the partition was released is what the next owner begins with, however slow the disk is', async () => {
    const held = new HeldGroupStore();
    const { createTopic, join, append } = await open({ wrapGroups: (store) => held.wrap(store) });
    await createTopic('orders', 1);
    await append('orders', 0, 'a', 'b');
    const first = await join();
    await first.until(() => first.owned.size === 1);
    held.hold();
    const commit = first.member.commit([first.commitOf('orders-0', 2)]);
    first.member.leave();
    const second = await join();
    await turns();
    expect(second.events).toEqual([]);
    expect(held.held.map(({ changes }) => changes.map(({ kind }) => kind))).toEqual([['offset'], ['group']]);
    held.letGo();
    await second.until(() => second.owned.size === 1);
    expect(await commit).toEqual([]);
    expect(second.partition('orders-0').startOffset).toBe(2);
  });

  test('that cannot be stored is refused with the reason', async () => {
    const held = new HeldGroupStore();
    const { createTopic, join, committed } = await open({ wrapGroups: (store) => held.wrap(store) });
    await createTopic('orders', 2);
    const first = await join();
    await first.until(() => first.owned.size === 2);
    held.failure = new StoreError('DISK_FULL', 'The disk is full', {});
    const refused = await first.member.commit([
      first.commitOf('orders-0', 0),
      first.commitOf('orders-1', -1),
    ]);
    expect(refused.map(shown)).toEqual(['orders-1 INVALID_ARGUMENT offset', 'orders-0 DISK_FULL']);
    expect(committed('orders', 0)).toBeUndefined();
  });
});

/** A refusal in a line, with the facts that it carries. */
function shown({ topic, partition, error }: RefusedCommit): string {
  const facts: Record<string, unknown> = { ...error.details };
  const field = facts['field'] === undefined ? '' : ` ${facts['field']}`;
  const range = facts['endOffset'] === undefined ? '' : ` ${facts['startOffset']}..${facts['endOffset']}`;
  const generations =
    error.code === 'STALE_GENERATION' ? ` ${facts['generation']}, now ${facts['currentGeneration']}` : '';
  return `${topic}-${partition} ${error.code}${field}${range}${generations}`;
}
