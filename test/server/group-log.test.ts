import { pino } from 'pino';
import { expect, test } from 'vitest';
import { groupService } from '../../proto/index.js';
import { startBroker, TestClient } from './broker-fixture.js';
import { TestMember } from './test-member.js';

interface Line {
  msg: string;
  level: number;
  [fact: string]: unknown;
}

test('the log has a line for whatever happens to a group, and none for a commit', async () => {
  const lines: Line[] = [];
  const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line) as Line) });
  const broker = await startBroker({}, { log });
  const client = new TestClient(broker);
  await client.createTopic('t');
  const member = await TestMember.join(client, { group: 'g', topics: ['t'] });
  await member.until(() => member.owned.size === 1);
  expect(await member.commit({ topic: 't', offset: 0 })).toEqual([]);
  expect(await member.commit({ topic: 't', offset: 1 })).toEqual(['OFFSET_OUT_OF_RANGE']);
  const target = { latest: {} };
  await client.call(groupService.ResetOffsets, { groups: ['g'], target, execute: true, live: true });
  member.send({ leave: true });
  await member.ended;
  await client.call(groupService.DeleteGroup, { group: 'g' });
  const told = lines.filter(({ msg }) => !['opening', 'opened', 'serving'].includes(msg));
  const { memberId } = member.joined!;
  expect(told[0]).toMatchObject({ msg: 'groups-opened', groups: 0, offsets: 0, snapshots: 0 });
  const facts = { group: 'g', level: pino.levels.values['info'] };
  expect(told).toContainEqual(
    expect.objectContaining({ ...facts, msg: 'member-joined', memberId, members: 1 }),
  );
  expect(told).toContainEqual(expect.objectContaining({ ...facts, msg: 'rebalanced', moved: 1 }));
  expect(told).toContainEqual(expect.objectContaining({ ...facts, msg: 'offsets-reset', live: true }));
  expect(told).toContainEqual(
    expect.objectContaining({ ...facts, msg: 'member-left', memberId, members: 0, reason: 'left' }),
  );
  expect(told).toContainEqual(expect.objectContaining({ ...facts, msg: 'group-deleted' }));
  expect(told.filter(({ msg }) => /commit|journal/.test(msg))).toEqual([]);
});
