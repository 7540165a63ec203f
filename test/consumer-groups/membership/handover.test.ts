import { describe, expect, test } from 'vitest';
import { StoreError } from '../../../segment-store/index.js';
import { HeldGroupStore } from './fixtures/held-group-store.js';
import { GROUP, runningGroups, turns } from './fixtures/running-groups.js';

const open = runningGroups();

describe('a rebalance', () => {
  test('gives the only member everything, in a generation that is durable', async () => {
    const { createTopic, join, groups } = await open();
    await createTopic('orders', 4);
    const first = await join();
    await first.until(() => first.owned.size === 4);
    expect(first.names).toEqual(['orders-0', 'orders-1', 'orders-2', 'orders-3']);
    expect([...first.owned.values()].map(({ generation }) => generation)).toEqual([1, 1, 1, 1]);
    expect(groups.state(GROUP)).toEqual({ generation: 1, emptySinceMs: undefined });
  });

  test('hands a partition over when it was released, not before', async () => {
    const { createTopic, join, coordinator, stable } = await open();
    await createTopic('orders', 4);
    const first = await join();
    await first.until(() => first.owned.size === 4);
    const second = await join();
    await second.until(() => second.events.length === 1);
    expect(second.owned.size).toBe(0);
    await first.until(() => first.revoked.size === 2);
    expect(coordinator.active(GROUP)?.state).toBe('rebalancing');
    first.release();
    await second.until(() => second.owned.size === 2);
    await stable();
    expect([...first.names, ...second.names].sort()).toEqual([
      'orders-0',
      'orders-1',
      'orders-2',
      'orders-3',
    ]);
  });

  test('counts what its last owner committed while the generation was being written', async () => {
    const held = new HeldGroupStore();
    const { createTopic, append, join, committed, stable } = await open({
      wrapGroups: (groups) => held.wrap(groups),
    });
    await createTopic('orders', 4);
    for (const partition of [0, 1, 2, 3]) await append('orders', partition, 'a', 'b');
    const first = await join();
    await first.until(() => first.owned.size === 4);
    const second = await join();
    await first.until(() => first.revoked.size === 2);
    const [released, kept] = [...first.revoked.keys()] as [string, string];
    const last = first.commitOf(kept, 2);
    held.hold();
    const generationWrite = held.nextWrite();
    first.release([released]);
    await generationWrite;
    const commit = first.member.commit([last]);
    first.release([kept]);
    await turns();
    // The generation is durable, the commit behind it is not yet.
    held.held.shift()!.pass();
    await second.until(() => second.owned.size > 0);
    await turns();
    held.letGo();
    await commit;
    await second.until(() => second.owned.size === 2);
    await stable();
    expect(committed('orders', last.partition)).toBe(2);
    expect(second.partition(kept).startOffset).toBe(2);
  });

  test('leaves what does not move alone: it goes on in its generation', async () => {
    const { createTopic, join, append } = await open();
    await createTopic('orders', 2);
    await append('orders', 0, 'a');
    await append('orders', 1, 'a');
    const first = await join();
    await first.until(() => first.owned.size === 2);
    const second = await join();
    await first.until(() => first.revoked.size === 1);
    first.release();
    await second.until(() => second.owned.size === 1);
    const [kept] = first.names;
    expect(first.partition(kept!).generation).toBe(1);
    expect(second.partition(second.names[0]!).generation).toBe(3);
    expect(await first.member.commit([first.commitOf(kept!, 1)])).toEqual([]);
  });

  test('gives what a leaver had to the others, and takes nothing from anybody', async () => {
    const { createTopic, join, stable } = await open();
    await createTopic('orders', 6);
    const members = await Promise.all([join(), join(), join()]);
    await Promise.all(members.map((one) => one.until(() => one.owned.size === 2)));
    const [first, second, third] = members;
    first.member.leave();
    await first.until(() => first.ended !== undefined);
    expect(first.ended).toEqual({ error: undefined });
    await second.until(() => second.owned.size === 3);
    await third.until(() => third.owned.size === 3);
    await stable();
    expect(second.revoked.size + third.revoked.size).toBe(0);
  });

  test('is one for all that come at the same time', async () => {
    const { createTopic, join, groups } = await open();
    await createTopic('orders', 50);
    const members = await Promise.all(Array.from({ length: 50 }, () => join()));
    await Promise.all(members.map((one) => one.until(() => one.owned.size === 1)));
    expect(groups.state(GROUP)?.generation).toBe(1);
  });

  test('gives a partition that its owner gives up unasked to it again, anew', async () => {
    const { createTopic, join } = await open();
    await createTopic('orders', 1);
    const first = await join();
    await first.until(() => first.owned.size === 1);
    const given = first.partition('orders-0');
    first.member.release([given]);
    await first.until(() => first.partition('orders-0').generation === 2);
    expect(await first.member.commit([{ ...given, offset: 0, leaderEpoch: 0, metadata: '' }])).toMatchObject([
      { error: { code: 'STALE_GENERATION', details: { generation: 1, currentGeneration: 2 } } },
    ]);
  });

  test('brings what was asked back to whoever is there when it is released', async () => {
    const { createTopic, join, stable } = await open();
    await createTopic('orders', 2);
    const first = await join();
    await first.until(() => first.owned.size === 2);
    const second = await join();
    await first.until(() => first.revoked.size === 1);
    second.member.disconnected();
    await second.until(() => second.ended !== undefined);
    first.release();
    await first.until(() => first.names.length === 2);
    await stable();
    expect(new Set([...first.owned.values()].map(({ generation }) => generation)).size).toBe(2);
  });

  test('that cannot be made durable changes nothing, and is tried again ever more seldom', async () => {
    const held = new HeldGroupStore();
    const { createTopic, join, clock, events, stable } = await open({
      wrapGroups: (groups) => held.wrap(groups),
    });
    await createTopic('orders', 2);
    const first = await join();
    await first.until(() => first.owned.size === 2);
    held.failure = new StoreError('DISK_FULL', 'The disk is full', {});
    const second = await join();
    await turns();
    for (const waitMs of [100, 200, 400]) {
      const { writes } = held;
      clock.advance(waitMs - 1);
      await turns();
      expect(held.writes).toBe(writes);
      clock.advance(1);
      await turns();
      expect(held.writes).toBe(writes + 1);
    }
    expect(first.revoked.size).toBe(0);
    expect(second.events).toEqual([]);
    expect(events.filter(({ event }) => event === 'background-error')).toHaveLength(4);
    held.failure = undefined;
    clock.advance(800);
    await first.until(() => first.revoked.size === 1);
    first.release();
    await second.until(() => second.owned.size === 1);
    await stable();
  });

  test('takes a generation that was never used, after a crash too', async () => {
    const { createTopic, join, groups } = await open();
    await createTopic('orders', 1);
    await groups.write([{ kind: 'group', group: GROUP, state: { generation: 41, emptySinceMs: 1 } }]);
    const first = await join();
    await first.until(() => first.owned.size === 1);
    expect(first.partition('orders-0').generation).toBe(42);
    expect(groups.state(GROUP)).toEqual({ generation: 42, emptySinceMs: undefined });
  });

  test('shares out as the members’ assignor does', async () => {
    const { createTopic, join } = await open();
    await createTopic('orders', 3);
    const first = await join({ assignor: 'roundrobin' });
    await first.until(() => first.owned.size === 3);
    const second = await join();
    await first.until(() => first.revoked.size === 1);
    first.release();
    await second.until(() => second.owned.size === 1);
    expect(first.names).toEqual(['orders-0', 'orders-2']);
  });
});
