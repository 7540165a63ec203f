/**
 * A client of a measurement: started by `harness/client-process.ts` with a role and its parameters, carries out what it is told over
 * the IPC channel, and ends when that is closed.
 */
import type { AnswerMessage, CommandMessage } from './harness/role-message.js';
import { CommitRole } from './role/commit-role.js';
import { DiskRole } from './role/disk-role.js';
import { FetchRole } from './role/fetch-role.js';
import { GroupRole } from './role/group-role.js';
import { MemberRole } from './role/member-role.js';
import { PassClientRole } from './role/pass-client-role.js';
import { PassServerRole } from './role/pass-server-role.js';
import { ProduceRole } from './role/produce-role.js';
import { VerifyRole } from './role/verify-role.js';

const ROLES: Readonly<Record<string, new (parameters: never) => AsyncDisposable>> = {
  commit: CommitRole,
  disk: DiskRole,
  fetch: FetchRole,
  group: GroupRole,
  member: MemberRole,
  'pass-client': PassClientRole,
  'pass-server': PassServerRole,
  produce: ProduceRole,
  verify: VerifyRole,
};

type Commands = Record<string, (...args: unknown[]) => Promise<unknown>>;

function main([roleName = '', parameters = '']: string[]): void {
  const Role = ROLES[roleName];
  if (Role === undefined || process.send === undefined) {
    throw new Error(`started by hand or with an unknown role ("${roleName}"); use npm run bench`);
  }
  const role = new Role(JSON.parse(parameters) as never);
  process.on('message', (message: CommandMessage) => {
    void carryOut(role as unknown as Commands, message).then((answer) => {
      // Nobody waits for it any more if the channel is closed.
      if (process.connected) process.send?.(answer);
    });
  });
  process.on('disconnect', () => void role[Symbol.asyncDispose]());
}

async function carryOut(
  role: Commands,
  { id, command, arguments: args }: CommandMessage,
): Promise<AnswerMessage> {
  try {
    return { id, answer: await role[command]?.(...args) };
  } catch (error) {
    return { id, failure: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

main(process.argv.slice(2));
