import { describe, expect, test } from 'vitest';
import { runningGroups, turns } from './fixtures/running-groups.js';

const open = runningGroups();

describe('a member', () => {
  test('of which nothing is heard for its session time-out is expelled, and what it had goes to the others', async () => {
    const { createTopic, join, clock, events } = await open();
    await createTopic('orders', 2);
    const silent = await join({ sessionTimeoutMs: 10_000 });
    const other = await join({ sessionTimeoutMs: 60_000 });
    await other.until(() => other.owned.size === 1);
    clock.advance(9_999);
    expect(silent.ended).toBeUndefined();
    clock.advance(1);
    await silent.until(() => silent.ended !== undefined);
    const { memberId } = silent.member;
    expect(silent.ended?.error).toMatchObject({ code: 'MEMBER_EXPELLED', details: { memberId } });
    await other.until(() => other.owned.size === 2);
    expect(events).toContainEqual(
      expect.objectContaining({ event: 'member-left', memberId, reason: 'silent' }),
    );
  });

  test('stays as long as it says anything', async () => {
    const { createTopic, join, clock } = await open();
    await createTopic('orders', 1);
    const first = await join({ sessionTimeoutMs: 10_000 });
    await first.until(() => first.owned.size === 1);
    const given = first.partition('orders-0');
    const { member } = first;
    const signs: (() => unknown)[] = [
      () => member.heard(),
      () => member.grant(1),
      () => member.pause(given, true),
      () => member.seek(given, 0, 1),
      () => member.commit([first.commitOf('orders-0', 0)]),
      () => member.release([]),
    ];
    for (const sign of signs) {
      clock.advance(9_000);
      await sign();
    }
    clock.advance(9_999);
    await turns();
    expect(first.ended).toBeUndefined();
  });

  test('is not kept by what it is sent', async () => {
    const { createTopic, join, append, clock } = await open();
    await createTopic('orders', 1);
    const first = await join({ sessionTimeoutMs: 10_000 });
    first.member.grant(1e9);
    await first.until(() => first.owned.size === 1);
    clock.advance(6_000);
    await append('orders', 0, 'a');
    await first.until(() => first.batches.length === 1);
    clock.advance(4_000);
    await first.until(() => first.ended !== undefined);
    expect(first.ended?.error).toMatchObject({ code: 'MEMBER_EXPELLED' });
  });

  test('that keeps what was revoked for its revocation time-out is expelled, however lively it is', async () => {
    const { createTopic, join, clock, events } = await open();
    await createTopic('orders', 2);
    const keeper = await join({ revocationTimeoutMs: 20_000 });
    await keeper.until(() => keeper.owned.size === 2);
    clock.advance(15_000);
    keeper.member.heard();
    const other = await join();
    await keeper.until(() => keeper.revoked.size === 1);
    clock.advance(19_999);
    keeper.member.heard();
    other.member.heard();
    expect(keeper.ended).toBeUndefined();
    clock.advance(1);
    await keeper.until(() => keeper.ended !== undefined);
    expect(keeper.ended?.error).toMatchObject({ code: 'MEMBER_EXPELLED' });
    await other.until(() => other.owned.size === 2);
    expect(events).toContainEqual(
      expect.objectContaining({ memberId: keeper.member.memberId, reason: 'kept-revoked' }),
    );
  });

  test('that releases in time stays, and has its full time again for what is revoked later', async () => {
    const { createTopic, join, clock } = await open();
    await createTopic('orders', 3);
    const first = await join({ sessionTimeoutMs: 300_000, revocationTimeoutMs: 20_000 });
    await first.until(() => first.owned.size === 3);
    const second = await join({ sessionTimeoutMs: 300_000 });
    await first.until(() => first.revoked.size === 1);
    clock.advance(15_000);
    first.release();
    await second.until(() => second.owned.size === 1);
    await join({ sessionTimeoutMs: 300_000 });
    await first.until(() => first.revoked.size === 1);
    clock.advance(19_999);
    await turns();
    expect(first.ended).toBeUndefined();
    clock.advance(1);
    await first.until(() => first.ended !== undefined);
  });

  test('is not expelled because the broker was held up: what it said meanwhile is heard first', async () => {
    const { createTopic, join, clock } = await open();
    await createTopic('orders', 2);
    const silent = await join({ sessionTimeoutMs: 10_000 });
    const alive = await join({ sessionTimeoutMs: 10_000 });
    clock.stall(25_000);
    await turns();
    expect(silent.ended).toBeUndefined();
    alive.member.heard();
    clock.advance(100);
    await silent.until(() => silent.ended !== undefined);
    await alive.until(() => alive.owned.size === 2);
    expect(alive.ended).toBeUndefined();
  });

  test('leaves no timer behind', async () => {
    const { createTopic, join, clock, stable } = await open();
    await createTopic('orders', 2);
    const first = await join();
    await first.until(() => first.owned.size === 2);
    const second = await join({ instanceId: 'one' });
    await first.until(() => first.revoked.size === 1);
    first.member.disconnected();
    await second.until(() => second.owned.size === 2);
    second.member.leave();
    await second.until(() => second.ended !== undefined);
    await stable();
    expect(clock.timers).toBe(0);
  });
});
