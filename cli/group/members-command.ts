import { Command } from 'commander';
import type { MemberDescription, TopicPartition } from '../../sdk/index.js';
import { addClientFlags, type ClientFlags, withClient } from '../client-session.js';
import { formatSpan } from '../duration.js';
import type { Column } from '../table.js';
import type { Terminal } from '../terminal.js';

export function membersCommand(terminal: Terminal): Command {
  const command = new Command('members')
    .summary('show the members of a group')
    .description(
      'Shows who the members of a group are, and which partitions are theirs. With --json one member a line.',
    )
    .argument('<group>', 'which group');
  return addClientFlags(command).action(async (group: string, flags: ClientFlags) => {
    const [description] = await withClient(terminal, flags, (client) => client.groups.describe([group]));
    const { members } = description!;
    if (flags.json) {
      for (const member of members) await terminal.printJson({ group, ...member });
    } else if (members.length === 0) {
      terminal.note(`group ${group} has no members`);
    } else {
      const nowMs = Date.now();
      await terminal.printTable(
        COLUMNS,
        members.map((member) => row(member, nowMs)),
      );
    }
  });
}

const COLUMNS: readonly Column[] = [
  { title: 'MEMBER', shrinks: true },
  { title: 'CLIENT', shrinks: true },
  { title: 'INSTANCE', shrinks: true },
  { title: 'ADDRESS', shrinks: true },
  { title: 'JOINED', align: 'right' },
  { title: 'HEARD', align: 'right' },
  { title: 'PARTITIONS', shrinks: true },
];

function row(member: MemberDescription, nowMs: number): string[] {
  const { memberId, clientId, instanceId, address, joinedMs, lastHeardMs, owned, revoked } = member;
  const ago = (ms: number) => `${formatSpan(Math.max(0, nowMs - ms))} ago`;
  const leaving = revoked.length === 0 ? '' : ` (to release: ${partitionsText(revoked)})`;
  return [
    memberId,
    clientId || '-',
    instanceId ?? '-',
    address ?? 'away',
    ago(joinedMs),
    ago(lastHeardMs),
    `${partitionsText(owned)}${leaving}`,
  ];
}

/** `orders:0,1,2 payments:0`, as `--topic` takes them. */
function partitionsText(partitions: readonly TopicPartition[]): string {
  const numbers = new Map<string, number[]>();
  for (const { topic, partition } of partitions)
    numbers.set(topic, [...(numbers.get(topic) ?? []), partition]);
  return (
    [...numbers].map(([topic, ones]) => `${topic}:${ones.sort((a, b) => a - b).join(',')}`).join(' ') || '-'
  );
}
