import { usageError } from '../failure.js';
import type { PlaceInLog } from '../place-in-log.js';

/** The flags that mean something only with a group, or only without. */
export interface GroupOrNot {
  group?: string;
  instanceId?: string;
  clientId?: string;
  from: PlaceInLog;
  until?: PlaceInLog;
  partition?: number;
  key?: string;
  header?: Record<string, string | undefined>;
}

/** Throws for flags that do not go together. */
export function checkMemberFlags(topics: readonly string[], flags: GroupOrNot): void {
  if (flags.group === undefined) checkAlone(topics, flags);
  else checkMember(flags);
}

/** Where a member begins in a partition for which its group has no committed offset. */
export function offsetReset({ from }: GroupOrNot): 'earliest' | 'latest' {
  return from.at === 'latest' ? 'latest' : 'earliest';
}

function checkAlone(topics: readonly string[], { instanceId, clientId }: GroupOrNot): void {
  if (topics.length > 1) throw usageError('several topics need --group; without it name one');
  const [flag] = given({ '--instance-id': instanceId, '--client-id': clientId });
  if (flag !== undefined) throw usageError(`${flag} needs --group`);
}

function checkMember({ from, until, partition, key, header }: GroupOrNot): void {
  const [flag] = given({ '--until': until, '--partition': partition, '--key': key, '--header': header });
  if (flag !== undefined) {
    throw usageError(`${flag} does not go with --group: a member reads its share of the topics, all of it`);
  }
  if (from.at === 'earliest' || from.at === 'latest') return;
  throw usageError(
    'with --group --from is earliest or latest, for partitions without a committed offset; to move a group: respool group reset',
  );
}

function given(flags: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(flags).filter((flag) => flags[flag] !== undefined);
}
