/** Brokers with a fault in how they keep groups, each of which must be found out, or what finds nothing in the real one proves nothing. */
import type { GroupRuleName } from '../group-history/check-group-history.js';

/** A line of a module as it was built, and what stands there instead. */
export interface SourceChange {
  /** From `dist`. */
  file: string;
  find: string;
  replaceBy: string;
}

export interface GroupMutant {
  /** What the broker now does. */
  does: string;
  change: SourceChange;
  /** Rules of which it breaks at least one. */
  breaks: readonly GroupRuleName[];
}

/** Found out by `kill -9`, and by damage to the view. */
export const CRASHING_MUTANTS: readonly GroupMutant[] = [
  {
    does: 'acknowledges a commit before it is in the journal',
    change: {
      file: 'consumer-groups/journal/journal-writer.js',
      find: 'this.#appending ??= this.#appendAll();',
      replaceBy: 'this.#appending ??= this.#appendAll(); resolve();',
    },
    breaks: ['no acknowledged commit is lost'],
  },
  {
    does: 'takes the view for all that there is, and does not read the journal behind it',
    change: {
      file: 'consumer-groups/view/group-recovery.js',
      find: 'replayInto(folded, context.store, head.replayFrom, journal)',
      replaceBy: 'replayInto(folded, context.store, journal.highWatermark, journal)',
    },
    breaks: ['no acknowledged commit is lost'],
  },
  {
    does: 'gives partitions in generations that a crash makes it forget',
    change: {
      file: 'consumer-groups/membership/rebalancer.js',
      find: "await groups.write([{ kind: 'group', group, state: { generation, emptySinceMs: undefined } }]);",
      replaceBy: 'await null;',
    },
    breaks: ['generations rise', 'one owner per generation'],
  },
];

/** Found out where offsets in the view are changed; each needs both changes. */
export const TRUSTING_MUTANT: GroupMutant = {
  does: 'believes what it finds in LMDB',
  change: {
    file: 'consumer-groups/view/view-entry.js',
    find: 'return crc32c(recordValue, crc32c(key)) === value.readUInt32BE(0) ? recordValue : undefined;',
    replaceBy: 'ViewDigest.prototype.equals = () => true; return recordValue;',
  },
  breaks: ['no acknowledged commit is lost', 'nothing is committed that nobody committed'],
};

/** Found out by a storm with resets. */
export const REBALANCING_MUTANTS: readonly GroupMutant[] = [
  {
    does: 'takes commits of older generations',
    change: {
      file: 'consumer-groups/membership/member-commits.js',
      find: 'if (ownership.generation !== generation)',
      replaceBy: 'if (false)',
    },
    breaks: [
      'an older generation commits nothing',
      'a reset is not overwritten',
      'nothing is committed that nobody committed',
    ],
  },
  {
    does: 'gives a partition to the next before the last has released it',
    change: {
      file: 'consumer-groups/membership/group-state.js',
      find: 'ownership.revoked = true;',
      replaceBy: 'this.lose(ownership);',
    },
    breaks: ['a partition moves when it was let go', 'a refusal has a reason'],
  },
];

/** Has a broker start as that mutant. */
export function environmentOf({ change }: GroupMutant): Record<string, string> {
  const loader = new URL('./mutate-module.mjs', import.meta.url).href;
  return { NODE_OPTIONS: `--import ${loader}`, RESPOOL_TEST_MUTATION: JSON.stringify(change) };
}
