import { describe, expect, test } from 'vitest';
import { GROUP, runningGroups, turns } from './fixtures/running-groups.js';

const open = runningGroups();

describe('a static member', () => {
  test('finds its partitions again when it comes back, in new generations, and nobody else hears of it', async () => {
    const { createTopic, join, clock, stable } = await open();
    await createTopic('orders', 4);
    const other = await join();
    const before = await join({ instanceId: 'one' });
    await other.until(() => other.owned.size === 2);
    await before.until(() => before.owned.size === 2);
    before.member.disconnected();
    await before.until(() => before.ended !== undefined);
    expect(before.ended).toEqual({ error: undefined });
    clock.advance(20_000);
    other.member.heard();
    clock.advance(9_000);
    const after = await join({ instanceId: 'one' });
    await after.until(() => after.owned.size === 2);
    await stable();
    expect(after.names).toEqual(before.names);
    expect(after.member.memberId).not.toBe(before.member.memberId);
    for (const name of after.names) {
      expect(after.partition(name).generation).toBeGreaterThan(before.partition(name).generation);
    }
    expect(other.events).toHaveLength(1);
  });

  test('counts as a member while it is away, and loses its place when its session time-out has passed', async () => {
    const { createTopic, join, clock, coordinator, events } = await open();
    await createTopic('orders', 2);
    const other = await join({ sessionTimeoutMs: 100_000 });
    const away = await join({ instanceId: 'one', sessionTimeoutMs: 10_000 });
    await away.until(() => away.owned.size === 1);
    clock.advance(5_000);
    away.member.disconnected();
    await away.until(() => away.ended !== undefined);
    clock.advance(9_999);
    await turns();
    expect(coordinator.active(GROUP)?.members).toHaveLength(2);
    const described = coordinator.active(GROUP)?.members.find(({ instanceId }) => instanceId === 'one');
    expect(described).toMatchObject({ address: undefined, memberId: away.member.memberId });
    expect(described?.owned).toHaveLength(1);
    clock.advance(1);
    await other.until(() => other.owned.size === 2);
    expect(events).toContainEqual(
      expect.objectContaining({ event: 'member-left', memberId: away.member.memberId, reason: 'silent' }),
    );
  });

  test('fences the process that had its instance id before, and takes nothing of what that still commits', async () => {
    const { createTopic, join, append, committed, events } = await open();
    await createTopic('orders', 1);
    await append('orders', 0, 'a', 'b');
    const before = await join({ instanceId: 'one' });
    await before.until(() => before.owned.size === 1);
    const late = before.commitOf('orders-0', 2);
    expect(await before.member.commit([before.commitOf('orders-0', 1)])).toEqual([]);
    const after = await join({ instanceId: 'one' });
    await before.until(() => before.ended !== undefined);
    expect(before.ended?.error).toMatchObject({
      code: 'INSTANCE_FENCED',
      details: { group: GROUP, instanceId: 'one' },
    });
    expect(await before.member.commit([late])).toMatchObject([{ error: { code: 'PARTITION_NOT_OWNED' } }]);
    await after.until(() => after.owned.size === 1);
    expect(after.partition('orders-0')).toMatchObject({ startOffset: 1, generation: 2 });
    expect(committed('orders', 0)).toBe(1);
    expect(events.filter(({ event }) => event === 'member-left')).toMatchObject([{ reason: 'fenced' }]);
  });

  test('gives its partitions free at once when it leaves for good', async () => {
    const { createTopic, join } = await open();
    await createTopic('orders', 2);
    const other = await join();
    const leaver = await join({ instanceId: 'one' });
    await leaver.until(() => leaver.owned.size === 1);
    leaver.member.leave();
    await other.until(() => other.owned.size === 2);
  });

  test('holds up nobody with what it is to release while it is away', async () => {
    const { createTopic, join } = await open();
    await createTopic('orders', 2);
    const away = await join({ instanceId: 'one' });
    await away.until(() => away.owned.size === 2);
    const second = await join();
    await away.until(() => away.revoked.size === 1);
    away.member.disconnected();
    await second.until(() => second.owned.size === 1);
    const third = await join({ topics: ['orders'] });
    await third.until(() => third.events.length === 1);
    second.member.leave();
    await third.until(() => third.owned.size === 1);
    const back = await join({ instanceId: 'one' });
    await back.until(() => back.owned.size === 1);
    expect([...third.names, ...back.names].sort()).toEqual(['orders-0', 'orders-1']);
  });

  test('that comes back with other topics is given those', async () => {
    const { createTopic, join } = await open();
    await createTopic('orders', 1);
    await createTopic('bills', 1);
    const before = await join({ instanceId: 'one' });
    await before.until(() => before.owned.size === 1);
    before.member.disconnected();
    const after = await join({ instanceId: 'one', topics: ['bills'], assignor: 'range' });
    await after.until(() => after.owned.size === 1);
    expect(after.names).toEqual(['bills-0']);
  });
});
