import { describe, expect, test } from 'vitest';
import type { JoinRequest } from '../../../consumer-groups/index.js';
import { GROUP, joinRequest, runningGroups } from './fixtures/running-groups.js';

const open = runningGroups();

describe('joining', () => {
  test.each<[field: string, request: Partial<JoinRequest>]>([
    ['topics', { topics: [] }],
    ['topics', { topics: ['(a+)+'] }],
    ['assignor', { assignor: 'cooperative' as 'sticky' }],
    ['offsetReset', { offsetReset: 'newest' as 'latest' }],
    ['clientId', { clientId: 'c'.repeat(201) }],
    ['instanceId', { instanceId: '' }],
    ['instanceId', { instanceId: 'i'.repeat(250) }],
    ['sessionTimeoutMs', { sessionTimeoutMs: 999 }],
    ['sessionTimeoutMs', { sessionTimeoutMs: Number.NaN }],
    ['revocationTimeoutMs', { revocationTimeoutMs: 1_800_001 }],
    ['maxResponseBytes', { maxResponseBytes: 0 }],
  ])('is refused by naming %s when it is malformed', async (field, request) => {
    const { createTopic, join, coordinator } = await open();
    await createTopic('orders', 1);
    await expect(join(request)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', details: { field } });
    expect([...coordinator.groups()]).toEqual([]);
  });

  test('is refused under a name that no group may have', async () => {
    const { join } = await open();
    await expect(join({ group: 'a/b' })).rejects.toMatchObject({ code: 'INVALID_GROUP_NAME' });
  });

  test('is refused for a topic that is not there, unless it may come later', async () => {
    const { join, createTopic } = await open();
    await expect(join()).rejects.toMatchObject({ code: 'TOPIC_NOT_FOUND', details: { topic: 'orders' } });
    const waiting = await join({ awaitTopics: true });
    await waiting.until(() => waiting.events.length === 1);
    expect(waiting.owned.size).toBe(0);
    await createTopic('orders', 2);
    await waiting.until(() => waiting.owned.size === 2);
  });

  test('is refused with another assignor than the members have', async () => {
    const { join, createTopic } = await open();
    await createTopic('orders', 1);
    await join({ assignor: 'range' });
    await join();
    await expect(join({ assignor: 'sticky' })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      details: { field: 'assignor' },
    });
  });

  test('is refused beyond the most members, and the most groups', async () => {
    const { join, createTopic } = await open({ options: { maxGroupMembers: 2, maxGroups: 1 } });
    await createTopic('orders', 1);
    await join();
    const second = await join();
    await expect(join()).rejects.toMatchObject({ code: 'TOO_MANY', details: { limit: 2 } });
    await expect(join({ group: 'another' })).rejects.toMatchObject({
      code: 'TOO_MANY',
      details: { limit: 1 },
    });
    second.member.leave();
    await second.until(() => second.ended !== undefined);
    await join();
  });

  test('gives ids that nobody had, and the time-outs in force', async () => {
    const { join, createTopic, coordinator } = await open({ options: { revocationTimeoutMs: 7000 } });
    await createTopic('orders', 1);
    const members = await Promise.all([join({ sessionTimeoutMs: 5000 }), join({ instanceId: 'one' })]);
    expect(new Set(members.map(({ member }) => member.memberId)).size).toBe(2);
    expect(members[0].member).toMatchObject({ sessionTimeoutMs: 5000, revocationTimeoutMs: 7000 });
    const described = coordinator.active(GROUP)?.members;
    expect(described?.map(({ memberId }) => memberId)).toEqual(
      members.map(({ member }) => member.memberId).sort(),
    );
    expect(described?.map(({ instanceId }) => instanceId)).toContain('one');
  });

  test('tells a member that there is nothing for it', async () => {
    const { join, createTopic, stable } = await open();
    await createTopic('orders', 1);
    const first = await join();
    await first.until(() => first.owned.size === 1);
    const second = await join();
    await second.until(() => second.events.length === 1);
    expect(second.events).toMatchObject([{ event: 'assignment', assigned: [], revoked: [], lost: [] }]);
    await stable();
    expect(first.events).toHaveLength(1);
  });

  test('does not end a member of another group', async () => {
    const { createTopic, coordinator, join } = await open();
    await createTopic('orders', 1);
    const first = await join();
    const other = await join({ group: 'others' });
    await first.until(() => first.owned.size === 1);
    await other.until(() => other.owned.size === 1);
    expect([...coordinator.groups()].sort()).toEqual(['others', GROUP]);
  });

  test('is refused while the groups are closing', async () => {
    const { createTopic, coordinator, join } = await open();
    await createTopic('orders', 1);
    const first = await join();
    await Promise.all([coordinator.close(), coordinator.close()]);
    await first.until(() => first.ended !== undefined);
    expect(first.ended?.error).toMatchObject({ code: 'SHUTTING_DOWN' });
    await expect(coordinator.join(joinRequest())).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
  });
});
