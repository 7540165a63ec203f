/**
 * Sharing among members that read different topics.
 *
 * What nobody has goes to the reader with the least, the topics with the fewest readers first. Then chains of moves even out the rest: a chain takes a partition from a member with two or
 * more than its far end has, and hands partitions on from reader to reader, so that only its two ends change their numbers. When there is no such chain, no assignment is more even (the
 * sum of the squares is least; this is the semi-matching problem).
 *
 * A member that no chain can help is settled, and so is everybody who could give to it, directly or through others: they have at most one more, those who give to them are among them, and
 * no later chain can pass through them. So each is searched in vain only once.
 */
import type { TopicPartition } from '../committed-offset.js';
import { type AssignmentInput, topicsRead } from './assignor.js';
import type { Holdings } from './holdings.js';
import { Shares } from './shares.js';

/** The shares by member, in the order of the input. */
export function balance(input: AssignmentInput, { held, free }: Holdings): TopicPartition[][] {
  const topics = topicsRead(input);
  const readers = new Map(topics.map((topic) => [topic, readersOf(topic, input)]));
  const shares = new Shares(topics, held);
  const fewestReadersFirst = free
    .map((partition) => ({ partition, readers: readers.get(partition.topic)! }))
    .sort((a, b) => a.readers.length - b.readers.length);
  for (const { partition, readers } of fewestReadersFirst) shares.add(shares.lightest(readers), partition);
  evenOut(input, shares);
  return shares.toLists();
}

function readersOf(topic: string, { members }: AssignmentInput): number[] {
  return [...members.keys()].filter((member) => members[member]!.topics.has(topic));
}

function evenOut({ members }: AssignmentInput, shares: Shares): void {
  const settled = new Set<number>();
  for (let open = [...members.keys()]; open.length > 0; ) {
    const { chain, searched } = chainTo(shares.lightest(open), members, shares, settled);
    for (const { from, to, topic } of chain) shares.move(from, to, topic);
    if (chain.length > 0) continue;
    for (const member of searched) settled.add(member);
    open = open.filter((member) => !settled.has(member));
  }
}

interface Move {
  from: number;
  to: number;
  topic: string;
}

interface Search {
  /** The moves, the receiver's own first; none: nobody can help it. */
  chain: Move[];
  /** The receiver, and those who could give to it. */
  searched: Iterable<number>;
}

/** The shortest chain from a member with at least two more, breadth first; of several givers, the one with the most. */
function chainTo(
  receiver: number,
  members: AssignmentInput['members'],
  shares: Shares,
  settled: ReadonlySet<number>,
): Search {
  const moves = new Map<number, Move | undefined>([[receiver, undefined]]);
  const topicsSeen = new Set<string>();
  const enough = shares.load(receiver) + 2;
  const most = shares.maxLoad >= enough ? shares.maxLoad : undefined;
  for (let level = [receiver]; level.length > 0; ) {
    const next: number[] = [];
    for (const to of level) {
      for (const topic of members[to]!.topics) {
        if (topicsSeen.has(topic)) continue;
        topicsSeen.add(topic);
        for (const from of shares.holders(topic)) {
          if (moves.has(from) || settled.has(from)) continue;
          moves.set(from, { from, to, topic });
          // Nobody has more to give: the rest need not be looked at.
          if (shares.load(from) === most) return { chain: chainFrom(from, moves), searched: moves.keys() };
          next.push(from);
        }
      }
    }
    const giver = next.length > 0 ? shares.heaviest(next) : receiver;
    if (shares.load(giver) >= enough) return { chain: chainFrom(giver, moves), searched: moves.keys() };
    level = next;
  }
  return { chain: [], searched: moves.keys() };
}

function chainFrom(giver: number, moves: ReadonlyMap<number, Move | undefined>): Move[] {
  const chain: Move[] = [];
  for (let move = moves.get(giver); move !== undefined; move = moves.get(move.to)) chain.unshift(move);
  return chain;
}
