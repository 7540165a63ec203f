import { open as openFile } from 'node:fs/promises';
import { join as joinPath } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { LogStore } from '../../../segment-store/index.js';
import { recordsOf } from '../../segment-store/fixtures/test-batch.js';
import type { FollowedMember } from '../membership/fixtures/followed-member.js';
import {
  eventually,
  GROUP,
  type RunningGroups,
  runningGroups,
  turns,
} from '../membership/fixtures/running-groups.js';
import { ReadGate } from './read-gate.js';

const open = runningGroups();

describe('delivery', () => {
  test('sends nothing without credit, and while there is any at least one batch', async () => {
    const { createTopic, join, append } = await open();
    await createTopic('orders', 1);
    for (const value of ['a', 'b', 'c']) await append('orders', 0, value);
    const first = await join({ maxResponseBytes: 1 });
    await first.until(() => first.owned.size === 1);
    await turns();
    expect(first.batches).toEqual([]);
    first.member.grant(1);
    await first.until(() => first.batches.length === 1);
    await turns();
    expect(first.batches).toHaveLength(1);
    const { batches } = first.batches[0]!;
    // What went beyond the credit counts.
    first.member.grant(batches.length - 1);
    await turns();
    expect(first.batches).toHaveLength(1);
    first.member.grant(1);
    await first.until(() => first.batches.length === 2);
  });

  test('sends what is appended as it comes, and all of it once and in order', async () => {
    const running = await open();
    const { createTopic, join, append } = running;
    await createTopic('orders', 3);
    const first = await join();
    first.member.grant(1e9);
    const sent: string[] = [];
    for (let i = 0; i < 60; i += 1) {
      await append('orders', i % 3, `${i}`);
      sent.push(`${i}`);
    }
    await first.until(() => reached(first, 0, 20) && reached(first, 1, 20) && reached(first, 2, 20));
    for (const partition of [0, 1, 2]) {
      expect(await valuesOf(first, partition)).toEqual(sent.filter((_, i) => i % 3 === partition));
    }
  });

  test('takes its partitions in turn', async () => {
    const { createTopic, join, append } = await open();
    await createTopic('orders', 3);
    for (let i = 0; i < 9; i += 1) await append('orders', i % 3, `${i}`);
    const first = await join({ maxResponseBytes: 1 });
    first.member.grant(1e6);
    await first.until(() => first.batches.length === 9);
    expect(first.batches.map(({ partition }) => partition)).toEqual([0, 1, 2, 0, 1, 2, 0, 1, 2]);
  });

  test('stops for a partition that is paused, and goes on where it was', async () => {
    const { createTopic, join, append } = await open();
    await createTopic('orders', 2);
    const first = await join();
    first.member.grant(1e6);
    await first.until(() => first.owned.size === 2);
    const zero = first.partition('orders-0');
    first.member.pause(zero, true);
    first.member.pause(zero, true);
    await append('orders', 0, 'a');
    await append('orders', 1, 'a');
    await first.until(() => first.batches.length === 1);
    await turns();
    expect(first.batches.map(({ partition }) => partition)).toEqual([1]);
    first.member.pause({ ...zero, generation: 7 }, false);
    await turns();
    expect(first.batches).toHaveLength(1);
    first.member.pause(zero, false);
    await first.until(() => first.batches.length === 2);
    expect(await valuesOf(first, 0)).toEqual(['a']);
  });

  test('goes where it is sent, and says with every batch which seek it obeys', async () => {
    const { createTopic, join, append } = await open();
    await createTopic('orders', 1);
    for (const value of ['a', 'b', 'c']) await append('orders', 0, value);
    const first = await join({ maxResponseBytes: 1 });
    first.member.grant(1e6);
    await first.until(() => first.batches.length === 3);
    first.member.seek(first.partition('orders-0'), 1, 1);
    first.member.seek(first.partition('orders-0'), 2, 2);
    await first.until(() => reached(first, 0, 3) && first.batches.length === 4);
    first.member.seek({ ...first.partition('orders-0'), generation: 7 }, 0, 3);
    first.member.pause(first.partition('orders-0'), true);
    first.member.seek(first.partition('orders-0'), 0, 4);
    await turns();
    first.member.pause(first.partition('orders-0'), false);
    await first.until(() => first.batches.length === 7);
    const sent = first.batches.map(({ seekNumber, nextOffset }) => `${seekNumber}:${nextOffset}`);
    expect(sent).toEqual(['0:1', '0:2', '0:3', '2:3', '4:1', '4:2', '4:3']);
  });

  test('drops what it was reading for a place that was left', async () => {
    const gate = new ReadGate();
    const { createTopic, join, append } = await open({ wrapLog: (log) => gate.wrap(log) });
    await createTopic('orders', 1);
    for (const value of ['a', 'b', 'c']) await append('orders', 0, value);
    const first = await join({ maxResponseBytes: 1 });
    gate.close();
    const reading = gate.nextRead();
    first.member.grant(1e6);
    await reading;
    first.member.seek(first.partition('orders-0'), 2, 1);
    gate.open();
    await first.until(() => first.batches.length === 1);
    expect(first.batches).toMatchObject([{ seekNumber: 1, nextOffset: 3 }]);
  });

  test('sends nothing of a partition behind the word that it is revoked', async () => {
    const gate = new ReadGate();
    const { createTopic, join, append, coordinator } = await open({ wrapLog: (log) => gate.wrap(log) });
    await createTopic('orders', 1);
    await createTopic('bills', 1);
    await append('orders', 0, 'a');
    const first = await join({ topics: ['*'] });
    await first.until(() => first.owned.size === 2);
    gate.close();
    const reading = gate.nextRead();
    first.member.grant(1e6);
    await reading;
    await join({ topics: ['orders'] });
    await eventually(() => coordinator.active(GROUP)!.members.some(({ revoked }) => revoked.length > 0));
    gate.open();
    await first.until(() => first.revoked.size === 1);
    await append('orders', 0, 'b');
    await append('bills', 0, 'a');
    await first.until(() => first.batches.length === 1);
    expect(first.batches).toMatchObject([{ topic: 'bills' }]);
  });

  test('tells where it begins if the committed offset is gone', async () => {
    const { createTopic, join, append, log, groups } = await open();
    await createTopic('orders', 1);
    for (const value of ['a', 'b', 'c']) await append('orders', 0, value);
    const committed = { offset: 1, leaderEpoch: 0, metadata: '', committedMs: 1 };
    await groups.write([{ kind: 'offset', group: 'workers', topic: 'orders', partition: 0, committed }]);
    await log.truncatePrefix('orders', 0, 2);
    const first = await join();
    await first.until(() => first.owned.size === 1);
    expect(first.partition('orders-0')).toMatchObject({ startOffset: 2, committedOffset: 1 });
  });

  test.each([
    ['NO_COMMITTED_OFFSET', undefined],
    ['OFFSET_OUT_OF_RANGE', 7],
  ])('ends a member without a reset policy with %s, and spares the others', async (code, offset) => {
    const { createTopic, join, groups } = await open();
    await createTopic('orders', 1);
    if (offset !== undefined) {
      const committed = { offset, leaderEpoch: 0, metadata: '', committedMs: 1 };
      await groups.write([{ kind: 'offset', group: 'workers', topic: 'orders', partition: 0, committed }]);
    }
    const strict = await join({ offsetReset: 'none' });
    const other = await join();
    await strict.until(() => strict.ended !== undefined);
    expect(strict.ended?.error).toMatchObject({ code });
    await other.until(() => other.owned.size === 1);
  });

  test('goes past what retention deleted before it was read, and says so', async () => {
    const { first, log } = await withTruncated('latest');
    await first.until(() => first.batches.length === 2);
    expect(first.events.slice(2)).toMatchObject([
      { event: 'skipped', topic: 'orders', partition: 0, startOffset: 1, endOffset: 3, reason: 'deleted' },
      { event: 'batches', nextOffset: 4 },
    ]);
    expect((await log.bounds('orders', 0)).logStartOffset).toBe(3);
  });

  test('ends a member without a reset policy at what retention deleted', async () => {
    const { first } = await withTruncated('none');
    await first.until(() => first.ended !== undefined);
    expect(first.ended?.error).toMatchObject({
      code: 'OFFSET_OUT_OF_RANGE',
      details: { offset: 1, startOffset: 3, endOffset: 4 },
    });
  });

  test.each([
    ['earliest', 0],
    ['latest', 2],
  ] as const)('sent beyond the end goes where the policy %s says', async (offsetReset, from) => {
    const { createTopic, join, append } = await open();
    await createTopic('orders', 1);
    await append('orders', 0, 'a');
    await append('orders', 0, 'b');
    const first = await join({ offsetReset, maxResponseBytes: 1 });
    await first.until(() => first.owned.size === 1);
    first.member.seek(first.partition('orders-0'), 9, 1);
    first.member.grant(1e6);
    await turns();
    await append('orders', 0, 'c');
    await first.until(() => reached(first, 0, 3));
    expect(await valuesOf(first, 0)).toEqual(['a', 'b', 'c'].slice(from));
  });

  test.each([true, false])('meets damage: with skipDamaged %s', async (skipDamaged) => {
    const { createTopic, join, append, log, dataDir } = await open();
    await createTopic('orders', 1);
    for (const value of ['a', 'b', 'c']) await append('orders', 0, value);
    await damageSecondBatch(dataDir, log);
    const first = await join({ skipDamaged, maxResponseBytes: 1 });
    first.member.grant(1e6);
    if (skipDamaged) {
      await first.until(() => reached(first, 0, 3));
      expect(await valuesOf(first, 0)).toEqual(['a', 'c']);
      expect(first.events).toContainEqual({
        event: 'skipped',
        topic: 'orders',
        partition: 0,
        startOffset: 1,
        endOffset: 2,
        reason: 'damaged',
      });
    } else {
      await first.until(() => first.ended !== undefined);
      expect(first.ended?.error).toMatchObject({ code: 'CORRUPT_BATCH', details: { startOffset: 1 } });
      expect(await valuesOf(first, 0)).toEqual(['a']);
    }
  });

  test('looks again later when the log takes no more waiting readers', async () => {
    const { createTopic, join, append, clock } = await open({ logOptions: { maxWaiters: 1 } });
    await createTopic('orders', 2);
    const first = await join();
    first.member.grant(1e6);
    await first.until(() => first.owned.size === 2);
    await turns();
    await append('orders', 0, 'a');
    await append('orders', 1, 'a');
    await turns();
    clock.advance(1000);
    await first.until(() => first.batches.length === 2);
  });
});

/** A member that has read the first of four batches, of which the first three are deleted then. */
async function withTruncated(
  offsetReset: 'latest' | 'none',
): Promise<RunningGroups & { first: FollowedMember }> {
  const running = await open();
  const { createTopic, join, append, groups, log } = running;
  await createTopic('orders', 1);
  for (const value of ['a', 'b', 'c', 'd']) await append('orders', 0, value);
  const committed = { offset: 0, leaderEpoch: 0, metadata: '', committedMs: 1 };
  await groups.write([{ kind: 'offset', group: 'workers', topic: 'orders', partition: 0, committed }]);
  const first = await join({ offsetReset, maxResponseBytes: 1 });
  first.member.grant(1);
  await first.until(() => first.batches.length === 1);
  await log.truncatePrefix('orders', 0, 3);
  first.member.grant(1e6);
  return { ...running, first };
}

/** Of batches that are equally large. */
async function damageSecondBatch(dataDir: string, log: LogStore): Promise<void> {
  const { batches } = await log.read('orders', 0, 0, 1);
  const file = await openFile(joinPath(dataDir, 'topics', 'orders-0', `${'0'.repeat(20)}.log`), 'r+');
  await file.write(Buffer.from([0xff]), 0, 1, 2 * batches.length - 1);
  await file.close();
}

function reached(member: FollowedMember, partition: number, offset: number): boolean {
  return member.batches.some((event) => event.partition === partition && event.nextOffset >= offset);
}

async function valuesOf(member: FollowedMember, partition: number): Promise<(string | undefined)[]> {
  const values: (string | undefined)[] = [];
  for (const event of member.batches) {
    if (event.partition !== partition) continue;
    values.push(...(await recordsOf(event.batches)).map(({ value }) => value));
  }
  return values;
}
