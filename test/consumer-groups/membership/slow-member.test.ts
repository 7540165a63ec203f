import { describe, expect, test } from 'vitest';
import { eventually, GROUP, joinRequest, runningGroups, turns } from './fixtures/running-groups.js';

const open = runningGroups();

describe('a member that listens late', () => {
  test('is told once where it begins, however often that changed meanwhile', async () => {
    const { createTopic, append, coordinator, groups } = await open();
    await createTopic('orders', 1);
    await append('orders', 0, 'a', 'b', 'c');
    const member = await coordinator.join(joinRequest());
    await eventually(() => groups.state(GROUP)?.generation === 1);
    for (const offset of [2, 1]) {
      await coordinator.resetLive(GROUP, [{ topic: 'orders', partition: 0, offset }]);
    }
    member.grant(1e6);
    expect(await member.next()).toMatchObject({
      event: 'assignment',
      generation: 3,
      assigned: [{ generation: 3, startOffset: 1 }],
    });
    expect(await member.next()).toMatchObject({ event: 'batches', generation: 3, nextOffset: 3 });
  });

  test('is told in its order what it was given and is to release, and sent nothing of that', async () => {
    const { createTopic, append, coordinator, join, groups } = await open();
    await createTopic('orders', 1);
    await append('orders', 0, 'a', 'b', 'c');
    await createTopic('bills', 1);
    const slow = await coordinator.join(joinRequest({ topics: ['*'] }));
    await eventually(() => groups.state(GROUP)?.generation === 1);
    const other = await join({ topics: ['orders'] });
    await other.until(() => other.events.length === 1);
    slow.grant(1e6);
    const given = await slow.next();
    expect(given).toMatchObject({ assigned: [{ topic: 'bills' }, { topic: 'orders' }], revoked: [] });
    expect(await slow.next()).toMatchObject({ assigned: [], revoked: [{ topic: 'orders' }] });
    const next = slow.next();
    await turns();
    await append('bills', 0, 'a');
    expect(await next).toMatchObject({ event: 'batches', topic: 'bills' });
    slow.release([{ topic: 'orders', partition: 0, generation: 1 }]);
    await other.until(() => other.owned.size === 1);
  });

  test('is told of a topic that went and came back as two changes, the older first', async () => {
    const { createTopic, coordinator, groups, log } = await open();
    await createTopic('orders', 1);
    const member = await coordinator.join(joinRequest());
    await eventually(() => groups.state(GROUP)?.generation === 1);
    await log.deleteTopic('orders');
    await eventually(() => coordinator.active(GROUP)?.members[0]?.owned.length === 0);
    await createTopic('orders', 1);
    await eventually(() => coordinator.active(GROUP)?.members[0]?.owned.length === 1);
    expect(await member.next()).toMatchObject({ assigned: [{ generation: 1 }], lost: [] });
    expect(await member.next()).toMatchObject({ assigned: [], lost: [{ topic: 'orders', partition: 0 }] });
    expect(await member.next()).toMatchObject({ assigned: [{ generation: 2 }], lost: [] });
  });
});
