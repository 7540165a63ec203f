/** Who has what while it is being shared out. */
import type { TopicPartition } from '../committed-offset.js';

/** Members and their partitions; members by their place in the input. */
export class Shares {
  readonly #loads: number[];
  /** By load, how many members have it. */
  readonly #membersByLoad: number[] = [];
  /** By topic and member, the numbers of its partitions; no empty lists. */
  readonly #partitions: ReadonlyMap<string, Map<number, number[]>>;
  /** Who had a partition at first. */
  readonly #first: ReadonlyMap<string, Map<number, number>>;

  constructor(topics: readonly string[], held: readonly (readonly TopicPartition[])[]) {
    this.#loads = held.map(() => 0);
    this.#membersByLoad[0] = held.length;
    this.#partitions = new Map(topics.map((topic) => [topic, new Map()]));
    this.#first = new Map(topics.map((topic) => [topic, new Map()]));
    held.forEach((partitions, member) => {
      for (const each of partitions) {
        this.add(member, each);
        this.#first.get(each.topic)!.set(each.partition, member);
      }
    });
  }

  load(member: number): number {
    return this.#loads[member]!;
  }

  /** What nobody has more of. */
  get maxLoad(): number {
    return this.#membersByLoad.length - 1;
  }

  /** Those who have any partition of the topic. */
  holders(topic: string): Iterable<number> {
    return this.#partitions.get(topic)!.keys();
  }

  /** The first of those that have the least. */
  lightest(members: readonly number[]): number {
    return members.reduce((least, member) => (this.#loads[member]! < this.#loads[least]! ? member : least));
  }

  /** The first of those that have the most. */
  heaviest(members: readonly number[]): number {
    return members.reduce((most, member) => (this.#loads[member]! > this.#loads[most]! ? member : most));
  }

  add(member: number, { topic, partition }: TopicPartition): void {
    const holders = this.#partitions.get(topic)!;
    const numbers = holders.get(member);
    if (numbers === undefined) holders.set(member, [partition]);
    else numbers.push(partition);
    this.#changeLoad(member, 1);
  }

  /** Hands one partition of the topic on: one that `to` had at first if there is one, then one that `from` had not, then any. */
  move(from: number, to: number, topic: string): void {
    const first = this.#first.get(topic)!;
    const holders = this.#partitions.get(topic)!;
    const numbers = holders.get(from)!;
    let at = numbers.findIndex((partition) => first.get(partition) === to);
    if (at === -1) at = numbers.findLastIndex((partition) => first.get(partition) !== from);
    const [partition] = numbers.splice(at, 1);
    if (numbers.length === 0) holders.delete(from);
    this.#changeLoad(from, -1);
    this.add(to, { topic, partition: partition! });
  }

  /** The partitions of each member. */
  toLists(): TopicPartition[][] {
    const lists = this.#loads.map((): TopicPartition[] => []);
    for (const [topic, holders] of this.#partitions) {
      for (const [member, numbers] of holders) {
        for (const partition of numbers) lists[member]!.push({ topic, partition });
      }
    }
    return lists;
  }

  #changeLoad(member: number, by: 1 | -1): void {
    const before = this.#loads[member]!;
    this.#loads[member] = before + by;
    const byLoad = this.#membersByLoad;
    byLoad[before]! -= 1;
    byLoad[before + by] = (byLoad[before + by] ?? 0) + 1;
    if (byLoad.at(-1) === 0) byLoad.pop();
  }
}
