/**
 * Balance first, then as few moves as balance allows; what members have already they keep wherever that leaves nobody with too little. In the same input there is the same output,
 * and the output, given in as `owned`, comes out again.
 *
 * If all read the same topics, the numbers of partitions differ by at most one, and no assignment that does so moves fewer. If they do not, no chain of moves would make
 * two members more alike: as even as the subscriptions allow, with few moves, though not provably the fewest.
 *
 * Kafka's sticky assignor promises the same (KIP-54); the ways to it here are its own.
 */
import { byPlace } from '../partition-order.js';
import type { Assignment, AssignmentInput } from './assignor.js';
import { balance } from './balance.js';
import { shareEvenly } from './even-share.js';
import { holdingsOf } from './holdings.js';

export function assignSticky(input: AssignmentInput): Assignment {
  const { members } = input;
  if (members.length === 0) return new Map();
  const holdings = holdingsOf(input);
  const shares = readAlike(input) ? shareEvenly(holdings) : balance(input, holdings);
  return new Map(members.map(({ memberId }, index) => [memberId, shares[index]!.sort(byPlace)]));
}

function readAlike({ members: [first, ...others] }: AssignmentInput): boolean {
  const { topics } = first!;
  return others.every(
    (other) =>
      other.topics === topics || (other.topics.size === topics.size && isSubset(other.topics, topics)),
  );
}

function isSubset(some: ReadonlySet<string>, all: ReadonlySet<string>): boolean {
  for (const one of some) if (!all.has(one)) return false;
  return true;
}
