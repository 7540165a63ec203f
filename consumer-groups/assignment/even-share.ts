/**
 * Sharing among members that read the same topics.
 *
 * Of P partitions and M members, P mod M members get one more than the others. A member keeps at most its quota of what it holds, so the fewest partitions move if the larger quotas
 * go to those that hold the most: each larger quota saves one move exactly where a member holds more than the smaller one.
 */
import type { TopicPartition } from '../committed-offset.js';
import type { Holdings } from './holdings.js';

/** The shares by member, in the order of `held`. */
export function shareEvenly({ held, free }: Holdings): TopicPartition[][] {
  const quotas = quotasOf(
    held.map(({ length }) => length),
    free.length,
  );
  const shares: TopicPartition[][] = [];
  const toGive = [...free];
  held.forEach((partitions, member) => {
    const quota = quotas[member]!;
    const ranked = partitions.length > quota ? byRank(partitions) : partitions;
    shares.push(ranked.slice(0, quota));
    for (const partition of ranked.slice(quota)) toGive.push(partition);
  });
  deal(toGive, shares, quotas);
  return shares;
}

function quotasOf(held: readonly number[], free: number): number[] {
  const partitions = held.reduce((sum, count) => sum + count, free);
  const least = Math.floor(partitions / held.length);
  const larger = partitions % held.length;
  const byHeld = [...held.keys()].sort((a, b) => held[b]! - held[a]!);
  const quotas = new Array<number>(held.length).fill(least);
  for (const member of byHeld.slice(0, larger)) quotas[member] = least + 1;
  return quotas;
}

/** The first of each topic, then the second of each, and so on: whoever must give some up gives up of every topic alike. */
function byRank(partitions: readonly TopicPartition[]): TopicPartition[] {
  const seen = new Map<string, number>();
  const ranked = partitions.map((partition) => {
    const rank = seen.get(partition.topic) ?? 0;
    seen.set(partition.topic, rank + 1);
    return { rank, partition };
  });
  return ranked.sort((a, b) => a.rank - b.rank).map(({ partition }) => partition);
}

/** Gives to all that have not reached their quota in turn, so that the partitions of a topic spread. */
function deal(
  toGive: readonly TopicPartition[],
  shares: TopicPartition[][],
  quotas: readonly number[],
): void {
  let next = 0;
  let open = [...shares.keys()];
  while (next < toGive.length) {
    open = open.filter((member) => shares[member]!.length < quotas[member]!);
    for (const member of open.slice(0, toGive.length - next)) shares[member]!.push(toGive[next++]!);
  }
}
