/** What is measured of groups when somebody asks: who is in them, and how far behind they are. */
import type {
  GroupDescription,
  GroupListing,
  Groups,
  PartitionProgress,
} from '../../consumer-groups/index.js';
import { OTHERS } from './bounded-label.js';
import type { GroupMetrics } from './group-metrics.js';
import { within } from './within.js';

/** Partitions of groups with series of their own. Ages are looked up for no others, as each is a look into the log. */
const MAX_PARTITION_SERIES = 1000;

export class GroupScrape {
  /** Under way at most once: on a disk that hangs each look would hang, and each scrape would add one. */
  #ages: Promise<void> | undefined;

  constructor(
    private readonly metrics: GroupMetrics,
    /** Undefined while they are being opened. */
    private readonly groups: () => Groups | undefined,
  ) {}

  /** Measures what memory knows, and waits for the rest, which takes the disk, for `maxWaitMs`: what comes later is there for the next one. */
  async measure(maxWaitMs: number): Promise<void> {
    const groups = this.groups();
    const listings = await within(maxWaitMs, groups?.list());
    if (!groups || !listings) return;
    this.#measureListings(listings);
    const named = listings.filter(({ group }) => this.metrics.label.of(group) !== OTHERS);
    const described = await within(maxWaitMs, describeUpTo(MAX_PARTITION_SERIES, groups, named));
    if (!described) return;
    this.#measureLag(described);
    this.#ages ??= this.#measureAges(groups, described).finally(() => {
      this.#ages = undefined;
    });
    await within(maxWaitMs, this.#ages);
  }

  #measureListings(listings: readonly GroupListing[]): void {
    const { count, offsets, members: memberCount, generation: current, label } = this.metrics;
    count.set(listings.length);
    offsets.set(listings.reduce((sum, { partitions }) => sum + partitions, 0));
    memberCount.reset();
    current.reset();
    for (const { group, members, generation } of listings) {
      const labels = { group: label.of(group) };
      memberCount.inc(labels, members);
      // Those of several groups together would mean nothing.
      if (labels.group !== OTHERS) current.set(labels, generation);
    }
  }

  #measureLag(described: readonly GroupDescription[]): void {
    const { lagRecords } = this.metrics;
    lagRecords.reset();
    for (const { group, partitions } of described) {
      for (const { topic, partition, lag } of partitions) lagRecords.set({ group, topic, partition }, lag);
    }
  }

  async #measureAges(groups: Groups, described: readonly GroupDescription[]): Promise<void> {
    const worst: [group: string, seconds: number][] = [];
    for (const { group, partitions } of described) {
      if (partitions.every(({ lag }) => lag === 0)) worst.push([group, 0]);
      else {
        const aged = await groups.describe(group, { withAge: true }).catch(() => undefined);
        if (aged) worst.push([group, oldestMs(aged.partitions) / 1000]);
      }
    }
    this.metrics.lagSeconds.reset();
    for (const [group, seconds] of worst) this.metrics.lagSeconds.set({ group }, seconds);
  }
}

/** The groups, left out those with which there would be more than so many partitions. */
async function describeUpTo(
  maxPartitions: number,
  groups: Groups,
  listings: readonly GroupListing[],
): Promise<GroupDescription[]> {
  const described: GroupDescription[] = [];
  let partitionsLeft = maxPartitions;
  for (const { group } of listings) {
    // One that is gone since is left out.
    const description = await groups.describe(group).catch(() => undefined);
    if (!description || description.partitions.length > partitionsLeft) continue;
    partitionsLeft -= description.partitions.length;
    described.push(description);
  }
  return described;
}

function oldestMs(partitions: readonly PartitionProgress[]): number {
  return partitions.reduce((oldest, { lagMs = 0 }) => Math.max(oldest, lagMs), 0);
}
