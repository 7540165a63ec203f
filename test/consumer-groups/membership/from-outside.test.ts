import { describe, expect, test } from 'vitest';
import { StoreError } from '../../../segment-store/index.js';
import { HeldGroupStore } from './fixtures/held-group-store.js';
import { GROUP, runningGroups, turns } from './fixtures/running-groups.js';

const open = runningGroups();

describe('what wants a group without members', () => {
  test('is refused while there are any, static ones that are away included', async () => {
    const { createTopic, join, coordinator } = await open();
    await createTopic('orders', 1);
    const first = await join({ instanceId: 'one' });
    first.member.disconnected();
    await first.until(() => first.ended !== undefined);
    const refused = coordinator.whileEmpty(GROUP, async () => expect.unreachable());
    await expect(refused).rejects.toMatchObject({ code: 'GROUP_NOT_EMPTY', details: { members: 1 } });
  });

  test('keeps who joins waiting until it has ended, and comes one after the other', async () => {
    const { createTopic, join, coordinator } = await open();
    await createTopic('orders', 1);
    const order: string[] = [];
    let finish = () => {};
    const one = coordinator.whileEmpty(GROUP, async () => {
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      order.push('one');
    });
    const two = coordinator.whileEmpty(GROUP, async () => void order.push('two'));
    const joining = join().then((member) => {
      order.push('joined');
      return member;
    });
    await turns();
    expect(order).toEqual([]);
    finish();
    await Promise.all([one, two]);
    const member = await joining;
    expect(order).toEqual(['one', 'two', 'joined']);
    await member.until(() => member.owned.size === 1);
  });

  test('passes on what it fails with, and lets the next go on', async () => {
    const { createTopic, join, coordinator } = await open();
    await createTopic('orders', 1);
    const failing = coordinator.whileEmpty(GROUP, async () => {
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await coordinator.whileEmpty(GROUP, async () => 'yes')).toBe('yes');
    const member = await join();
    await member.until(() => member.owned.size === 1);
  });
});

describe('a group whose last member has gone', () => {
  test('is noted as empty since then', async () => {
    const { createTopic, join, groups, clock, coordinator, stable } = await open();
    await createTopic('orders', 1);
    const first = await join();
    await first.until(() => first.owned.size === 1);
    clock.advance(1000);
    first.member.leave();
    await first.until(() => first.ended !== undefined);
    await stable();
    expect(coordinator.active(GROUP)).toBeUndefined();
    expect([...coordinator.groups()]).toEqual([]);
    await coordinator.whileEmpty(GROUP, async () => {});
    await turns();
    await coordinator.whileEmpty(GROUP, async () => {});
    expect(groups.state(GROUP)).toEqual({ generation: 1, emptySinceMs: clock.wallMs() });
  });

  test('is noted as empty as soon as there is room for it', async () => {
    const held = new HeldGroupStore();
    const { createTopic, join, groups, clock, coordinator } = await open({
      wrapGroups: (store) => held.wrap(store),
    });
    await createTopic('orders', 1);
    const first = await join();
    await first.until(() => first.owned.size === 1);
    held.failure = new StoreError('DISK_FULL', 'The disk is full', {});
    const tried = held.nextWrite();
    first.member.leave();
    await tried;
    await turns();
    held.failure = undefined;
    clock.advance(100);
    await turns();
    await coordinator.whileEmpty(GROUP, async () => {});
    expect(groups.state(GROUP)?.emptySinceMs).toBe(clock.wallMs());
  });

  test('and that was deleted since does not come back', async () => {
    const held = new HeldGroupStore();
    const { createTopic, join, groups, coordinator } = await open({
      wrapGroups: (store) => held.wrap(store),
    });
    await createTopic('orders', 1);
    const first = await join();
    await first.until(() => first.owned.size === 1);
    first.member.leave();
    await first.until(() => first.ended !== undefined);
    await coordinator.whileEmpty(GROUP, () =>
      groups.write([{ kind: 'group', group: GROUP, state: undefined }]),
    );
    await turns();
    await coordinator.whileEmpty(GROUP, async () => {});
    expect(groups.has(GROUP)).toBe(false);
  });
});
