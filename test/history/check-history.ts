/** The judge of every crash test and simulation: pure, so that it is itself tested on histories made by hand. */
import type { History } from './history.js';
import { laterSendIsBehind, readsAreMonotone, seenStays, startHolds, watermarkHolds } from './order-rules.js';
import { type PartitionHistory, splitByPartition } from './partition-history.js';
import {
  acknowledgedIsInPlace,
  acknowledgedIsRead,
  noDuplicates,
  offsetsAreDense,
  oneValuePerOffset,
  prefixIsKept,
  readWasSent,
  refusedIsAbsent,
} from './stored-rules.js';

/** Every rule, by the name under which it is reported. */
export const RULES = {
  'one value per offset': oneValuePerOffset,
  'offsets are dense': offsetsAreDense,
  'no acknowledged write is unread': acknowledgedIsRead,
  'an acknowledged value is in its place': acknowledgedIsInPlace,
  'nothing is read that nobody sent': readWasSent,
  'what was refused is absent': refusedIsAbsent,
  'no duplicates': noDuplicates,
  'the prefix is kept': prefixIsKept,
  'what was seen stays': seenStays,
  'reads are monotone': readsAreMonotone,
  'a later send is behind': laterSendIsBehind,
  'the high watermark holds': watermarkHolds,
  'the log start offset holds': startHolds,
} as const satisfies Record<string, (history: PartitionHistory) => Iterable<string>>;

export type RuleName = keyof typeof RULES;

export interface Violation {
  rule: RuleName;
  partition: string;
  what: string;
}

/** How many violations of one rule in one partition are worth telling. */
const MAX_PER_RULE = 5;

/** Everything in the history that the log promised would not happen; empty if it kept its promises. */
export function checkHistory(history: History): Violation[] {
  return splitByPartition(history).flatMap((partition) =>
    (Object.keys(RULES) as RuleName[]).flatMap((rule) => violationsOf(rule, partition)),
  );
}

function violationsOf(rule: RuleName, history: PartitionHistory): Violation[] {
  const violations: Violation[] = [];
  for (const what of RULES[rule](history)) {
    violations.push({ rule, partition: history.partition, what });
    if (violations.length === MAX_PER_RULE) break;
  }
  return violations;
}
