import { describe, expect, test } from 'vitest';
import { GROUP, runningGroups } from './fixtures/running-groups.js';

const open = runningGroups();

describe('a group', () => {
  test('gives its only member everything, from the start', async () => {
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
    expect(first.events).toHaveLength(2);
  });

  test('delivers what is committed from there, within the credit', async () => {
    const { createTopic, join, append, committed } = await open();
    await createTopic('orders', 1);
    await append('orders', 0, 'a', 'b', 'c');
    const first = await join();
    first.member.grant(1e6);
    await first.until(() => first.batches.length === 1);
    expect(await first.member.commit([first.commitOf('orders-0', 2)])).toEqual([]);
    expect(committed('orders', 0)).toBe(2);
    first.member.leave();
    await first.until(() => first.ended !== undefined);
    const second = await join();
    await second.until(() => second.owned.size === 1);
    expect(second.partition('orders-0')).toMatchObject({ startOffset: 2, committedOffset: 2, generation: 2 });
  });
});
