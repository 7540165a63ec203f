import { describe, expect, test } from 'vitest';
import { StoreError } from '../../../segment-store/index.js';
import { HeldGroupStore } from './fixtures/held-group-store.js';
import { GROUP, runningGroups, turns } from './fixtures/running-groups.js';

const open = runningGroups();

describe('a live reset', () => {
  test('gives the partitions anew to their owners, from the new offsets, in one write', async () => {
    const held = new HeldGroupStore();
    const { createTopic, join, append, coordinator, groups, committed } = await open({
      wrapGroups: (store) => held.wrap(store),
    });
    await createTopic('orders', 2);
    await append('orders', 0, 'a', 'b', 'c');
    await append('orders', 1, 'a', 'b', 'c');
    const first = await join();
    first.member.grant(1e6);
    await first.until(() => first.batches.length === 2);
    await first.member.commit([first.commitOf('orders-0', 3), first.commitOf('orders-1', 3)]);
    held.writes = 0;
    await coordinator.resetLive(GROUP, [{ topic: 'orders', partition: 0, offset: 1 }]);
    expect(held.writes).toBe(1);
    expect(committed('orders', 0)).toBe(1);
    expect(groups.state(GROUP)).toEqual({ generation: 2, emptySinceMs: undefined });
    await first.until(() => first.batches.length === 3);
    expect(first.partition('orders-0')).toMatchObject({ generation: 2, startOffset: 1, committedOffset: 1 });
    expect(first.partition('orders-1').generation).toBe(1);
    expect(first.batches[2]).toMatchObject({ partition: 0, generation: 2, nextOffset: 3 });
    expect(await first.member.commit([first.commitOf('orders-1', 2), first.commitOf('orders-0', 2)])).toEqual(
      [],
    );
  });

  test('overwrites commits that came before it, and refuses those that come while it is written or after it', async () => {
    const held = new HeldGroupStore();
    const { createTopic, join, append, coordinator, committed } = await open({
      wrapGroups: (store) => held.wrap(store),
    });
    await createTopic('orders', 1);
    await append('orders', 0, 'a', 'b', 'c');
    const first = await join();
    await first.until(() => first.owned.size === 1);
    const [two, three] = [first.commitOf('orders-0', 2), first.commitOf('orders-0', 3)];
    held.hold();
    const before = first.member.commit([two]);
    await turns();
    const reset = coordinator.resetLive(GROUP, [{ topic: 'orders', partition: 0, offset: 1 }]);
    await turns();
    const meanwhile = first.member.commit([three]);
    await turns();
    expect(held.held).toHaveLength(2);
    held.letGo();
    expect(await before).toEqual([]);
    await reset;
    const stale = { error: { code: 'STALE_GENERATION', details: { generation: 1, currentGeneration: 2 } } };
    expect(await meanwhile).toMatchObject([stale]);
    expect(await first.member.commit([three])).toMatchObject([stale]);
    expect(committed('orders', 0)).toBe(1);
  });

  test('that fails changes nothing: commits that waited for it are taken', async () => {
    const held = new HeldGroupStore();
    const { createTopic, join, append, coordinator, committed } = await open({
      wrapGroups: (store) => held.wrap(store),
    });
    await createTopic('orders', 1);
    await append('orders', 0, 'a', 'b', 'c');
    const first = await join();
    await first.until(() => first.owned.size === 1);
    held.hold();
    const reset = coordinator.resetLive(GROUP, [{ topic: 'orders', partition: 0, offset: 1 }]);
    await turns();
    const meanwhile = first.member.commit([first.commitOf('orders-0', 3)]);
    await turns();
    held.letGo(new StoreError('DISK_FULL', 'The disk is full', {}));
    await expect(reset).rejects.toMatchObject({ code: 'DISK_FULL' });
    expect(await meanwhile).toEqual([]);
    expect(committed('orders', 0)).toBe(3);
    expect(first.events).toHaveLength(1);
  });

  test('takes what is to be released from its owner at once, and the next begins at the new offset', async () => {
    const { createTopic, join, append, coordinator } = await open();
    await createTopic('orders', 2);
    await append('orders', 0, 'a', 'b', 'c');
    await append('orders', 1, 'a', 'b', 'c');
    const first = await join();
    await first.until(() => first.owned.size === 2);
    const second = await join();
    await first.until(() => first.revoked.size === 1);
    const [name] = first.revoked.keys();
    const late = first.commitOf(name!, 3);
    await coordinator.resetLive(
      GROUP,
      [0, 1].map((partition) => ({ topic: 'orders', partition, offset: 2 })),
    );
    await second.until(() => second.owned.size === 1);
    expect(second.partition(name!).startOffset).toBe(2);
    await first.until(() => first.names.length === 1 && first.revoked.size === 0);
    expect(first.partition(first.names[0]!).startOffset).toBe(2);
    expect(await first.member.commit([late])).toMatchObject([{ error: { code: 'PARTITION_NOT_OWNED' } }]);
  });

  test('counts for whoever is given the partition after its owner has gone while it was written', async () => {
    const held = new HeldGroupStore();
    const { createTopic, join, append, coordinator } = await open({
      wrapGroups: (store) => held.wrap(store),
    });
    await createTopic('orders', 1);
    await append('orders', 0, 'a', 'b', 'c');
    const first = await join();
    await first.until(() => first.owned.size === 1);
    await first.member.commit([first.commitOf('orders-0', 3)]);
    held.hold();
    const reset = coordinator.resetLive(GROUP, [{ topic: 'orders', partition: 0, offset: 1 }]);
    await turns();
    first.member.leave();
    const joining = join();
    await turns();
    held.letGo();
    await reset;
    const second = await joining;
    await second.until(() => second.owned.size === 1);
    expect(second.partition('orders-0')).toMatchObject({ startOffset: 1, generation: 3 });
  });

  test('merely commits to a group without members', async () => {
    const { createTopic, coordinator, groups, committed, clock } = await open();
    await createTopic('orders', 1);
    await coordinator.resetLive(GROUP, [{ topic: 'orders', partition: 0, offset: 0 }]);
    expect(committed('orders', 0)).toBe(0);
    expect(groups.state(GROUP)?.emptySinceMs).toBe(clock.wallMs());
    expect(coordinator.active(GROUP)).toBeUndefined();
  });

  test('ends what the older generation was still to be sent', async () => {
    const { createTopic, join, append, coordinator } = await open();
    await createTopic('orders', 1);
    for (let i = 0; i < 20; i += 1) await append('orders', 0, `${i}`);
    const first = await join({ maxResponseBytes: 1 });
    for (let round = 2; round < 8; round += 1) {
      first.member.grant(300);
      await coordinator.resetLive(GROUP, [{ topic: 'orders', partition: 0, offset: 0 }]);
    }
    first.member.grant(1e6);
    await first.until(() => first.batches.at(-1)?.nextOffset === 20);
    let generation = 0;
    for (const event of first.events) {
      if (event.event === 'assignment') generation = event.generation;
      if (event.event === 'batches') expect(event.generation).toBe(generation);
    }
  });
});
