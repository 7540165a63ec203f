/** The judge of every test in which members of a group come, go and die: pure, so that it is itself tested on histories made by hand. */
import {
  acknowledgedIsKept,
  commitsNeverGoBack,
  committedWasSent,
  olderGenerationIsRefused,
  resetIsNotOverwritten,
  resetIsObeyed,
} from './committed-rules.js';
import type { GroupHistory, GroupPartition } from './group-event.js';
import { generationsRise, movesWhenLetGo, oneOwner, refusalHasReason } from './ownership-rules.js';
import type { PartitionStory } from './partition-story.js';
import { everyRecordIsRead, onlyOwnersRead, readIsStored, readingIsGapless } from './reading-rules.js';
import { splitByPartition } from './story-teller.js';

/** Every rule, by the name under which it is reported. */
export const GROUP_RULES = {
  'one owner per generation': oneOwner,
  'generations rise': generationsRise,
  'a partition moves when it was let go': movesWhenLetGo,
  'a refusal has a reason': refusalHasReason,
  'only owners are handed records': onlyOwnersRead,
  'reading is gapless': readingIsGapless,
  'what is read is what the log holds': readIsStored,
  'every record is read': everyRecordIsRead,
  'no acknowledged commit is lost': acknowledgedIsKept,
  'commits never go back': commitsNeverGoBack,
  'nothing is committed that nobody committed': committedWasSent,
  'an older generation commits nothing': olderGenerationIsRefused,
  'after a reset reading begins where it was set': resetIsObeyed,
  'a reset is not overwritten': resetIsNotOverwritten,
} as const satisfies Record<string, (story: PartitionStory) => Iterable<string>>;

export type GroupRuleName = keyof typeof GROUP_RULES;

export interface GroupViolation {
  rule: GroupRuleName;
  partition: GroupPartition;
  what: string;
}

/** How many violations of one rule in one partition are worth telling. */
const MAX_PER_RULE = 5;

/** Everything in the history that groups promise would not happen; empty if they kept their promises. */
export function checkGroupHistory(history: GroupHistory): GroupViolation[] {
  return splitByPartition(history).flatMap((story) =>
    (Object.keys(GROUP_RULES) as GroupRuleName[]).flatMap((rule) => violationsOf(rule, story)),
  );
}

function violationsOf(rule: GroupRuleName, story: PartitionStory): GroupViolation[] {
  const violations: GroupViolation[] = [];
  for (const what of GROUP_RULES[rule](story)) {
    violations.push({ rule, partition: story.partition, what });
    if (violations.length === MAX_PER_RULE) break;
  }
  return violations;
}
