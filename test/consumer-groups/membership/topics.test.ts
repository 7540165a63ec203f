import { describe, expect, test } from 'vitest';
import { runningGroups } from './fixtures/running-groups.js';

const open = runningGroups();

describe('the topics of a group', () => {
  test('are those that its patterns match, now and later, and internal ones by name only', async () => {
    const { createTopic, join } = await open();
    await createTopic('orders.eu', 1);
    await createTopic('bills', 1);
    const first = await join({ topics: ['orders.*', '__*'] });
    await first.until(() => first.owned.size === 1);
    await createTopic('orders.us', 2);
    await first.until(() => first.owned.size === 3);
    expect(first.names).toEqual(['orders.eu-0', 'orders.us-0', 'orders.us-1']);
    const second = await join({ group: 'others', topics: ['__consumer_offsets'] });
    await second.until(() => second.owned.size === 1);
    expect(second.names).toEqual(['__consumer_offsets-0']);
  });

  test('bring new partitions while it runs, and take none from anybody', async () => {
    const { createTopic, join, log } = await open();
    await createTopic('orders', 2);
    const members = await Promise.all([join(), join()]);
    await Promise.all(members.map((one) => one.until(() => one.owned.size === 1)));
    await log.alterTopic('orders', { partitions: 4 });
    await Promise.all(members.map((one) => one.until(() => one.owned.size === 2)));
    expect(members.flatMap(({ names }) => names).sort()).toEqual([
      'orders-0',
      'orders-1',
      'orders-2',
      'orders-3',
    ]);
    expect(members.every(({ revoked }) => revoked.size === 0)).toBe(true);
  });

  test('are lost at once when they are deleted, revoked or not, and no commit of them is taken', async () => {
    const { createTopic, join, log, stable } = await open();
    await createTopic('orders', 2);
    await createTopic('bills', 1);
    const first = await join({ topics: ['orders', 'bills'] });
    await first.until(() => first.owned.size === 3);
    const second = await join({ topics: ['orders', 'bills'] });
    await first.until(() => first.revoked.size === 1);
    const commits = [...first.owned.keys()]
      .filter((name) => name.startsWith('orders'))
      .map((name) => first.commitOf(name, 0));
    await log.deleteTopic('orders');
    await first.until(() => [...first.owned.keys()].every((name) => name.startsWith('bills')));
    expect((await first.member.commit(commits)).map(({ error }) => error.code)).toEqual([
      'PARTITION_NOT_OWNED',
      'PARTITION_NOT_OWNED',
    ]);
    first.release();
    await stable();
    expect([...first.names, ...second.names]).toEqual(['bills-0']);
  });

  test('that come back under their name are given anew, from their start', async () => {
    const { createTopic, join, log, append } = await open();
    await createTopic('orders', 1);
    await append('orders', 0, 'old');
    const first = await join();
    first.member.grant(1e6);
    await first.until(() => first.batches.length === 1);
    await log.deleteTopic('orders');
    await createTopic('orders', 1);
    await append('orders', 0, 'new', 'newer');
    await first.until(() => first.batches.length === 2);
    expect(first.batches[1]).toMatchObject({ generation: 2, nextOffset: 2 });
    expect(first.events.map(({ event }) => event)).toEqual([
      'assignment',
      'batches',
      'assignment',
      'assignment',
      'batches',
    ]);
  });

  test('may differ from member to member', async () => {
    const { createTopic, join } = await open();
    await createTopic('orders', 2);
    await createTopic('bills', 2);
    const both = await join({ topics: ['*'] });
    await both.until(() => both.owned.size === 4);
    const one = await join({ topics: ['bills'] });
    await both.until(() => both.revoked.size === 2);
    both.release();
    await one.until(() => one.owned.size === 2);
    expect(both.names).toEqual(['orders-0', 'orders-1']);
  });
});
