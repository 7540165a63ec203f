/** A broker and its tool for groups, whoever made them: what is asked of Kafka and of ours alike. */

/** By `topic-partition`. */
export type Offsets = Readonly<Record<string, number>>;
export type OffsetsByGroup = Readonly<Record<string, Offsets>>;

export interface ResetResult {
  exitCode: number;
  /** Where the tool says that it moves each partition. Empty if it refuses. */
  moved: OffsetsByGroup;
  /** What the tool has to say against it; undefined: nothing. */
  complaint: string | undefined;
}

export interface GroupTool {
  /** Makes the topics of `filled-log.ts`, with all that is in them. */
  fill(): Promise<void>;
  /** Makes these all that is committed. */
  restore(commits: OffsetsByGroup): Promise<void>;
  committed(group: string): Promise<Offsets>;
  /** The names of groups, ascending. */
  groups(): Promise<string[]>;
  /** `flags` without those that name the groups; a dry run unless they say otherwise. */
  reset(groups: readonly string[] | 'all', flags: readonly string[]): Promise<ResetResult>;
  /** What the tool prints when it is asked to export the plan as CSV, byte for byte. Throws if it refuses. */
  exported(groups: readonly string[] | 'all', flags: readonly string[]): Promise<string>;
  /** Has a member join the group, which reads `orders`; it leaves with what is returned. */
  join(group: string): Promise<AsyncDisposable>;
}

/** `orders-0` → the topic and the partition. */
export function placeOf(name: string): { topic: string; partition: number } {
  const dash = name.lastIndexOf('-');
  return { topic: name.slice(0, dash), partition: Number(name.slice(dash + 1)) };
}

/** Groups what a tool lists line by line. */
export function byGroup(
  rows: Iterable<{ group: string; topic: string; partition: number; offset: number }>,
): OffsetsByGroup {
  const groups: Record<string, Record<string, number>> = {};
  for (const { group, topic, partition, offset } of rows) {
    groups[group] ??= {};
    groups[group][`${topic}-${partition}`] = offset;
  }
  return groups;
}
