/** A partition of a topic, as a key. */
export interface TopicPartition {
  topic: string;
  /** From 0. */
  partition: number;
}

/** How far a group is done with a partition. */
export interface CommittedOffset {
  /** The next offset to read. */
  offset: number;
  /** The leader epoch of the last record read; 0 on one machine. */
  leaderEpoch: number;
  /** Whatever the committer remembers with it. */
  metadata: string;
  /** Milliseconds since 1970 UTC. */
  committedMs: number;
}

/** How far a partition is done, as somebody who commits says it; when that was, the broker says. */
export interface NewCommit extends TopicPartition {
  /** The next offset to read. */
  offset: number;
  leaderEpoch: number;
  metadata: string;
}
