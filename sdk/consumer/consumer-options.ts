/** A partition of a topic. */
export interface TopicPartition {
  topic: string;
  /** From 0. */
  partition: number;
}

/** A partition that has been assigned to this consumer. */
export interface AssignedPartition extends TopicPartition {
  /** In which it was assigned; rises whenever a partition of the group is given to anybody. A fence for what you write elsewhere: refuse what comes with an older one. */
  generation: number;
  /** Where reading begins. */
  startOffset: number;
  /** Undefined: the group had none. Below `startOffset`: what lay between is no longer in the log. */
  committedOffset: number | undefined;
}

/** The end of what is done with a partition. */
export interface OffsetToCommit extends TopicPartition {
  /** The next offset to read: that of the last record done, and one. */
  offset: number;
  /**
   * Whatever you like to remember with it. Up to the broker's `maxCommitMetadataBytes`.
   * @default ''
   */
  metadata?: string | undefined;
}

/** Offsets that were gone past without being read. */
export interface SkippedOffsets extends TopicPartition {
  startOffset: number;
  endOffset: number;
  reason: 'damaged' | 'deleted';
}

/** How a consumer reads, commits, and behaves within its group. */
export interface ConsumerOptions {
  /** The group whose work is shared. 1 to 249 of A-Z a-z 0-9 . _ - */
  group: string;
  /** Topics by name or pattern; in a pattern `*` stands for any characters. What matches later is picked up then. */
  topics: readonly string[];
  /**
   * When offsets are committed.
   * - `after` (at least once): when the loop asks for the next record, the one before counts as done; committed every `commitIntervalMs`, when a partition is revoked, and
   *   on `close`. A crash has records read again.
   * - `before` (at most once): a batch is committed before its records are handed out. A crash loses the rest of it.
   * - `manual`: by {@link Consumer.commit} only.
   * @default 'after'
   */
  commit?: 'after' | 'before' | 'manual' | undefined;
  /**
   * Time between commits with `after`. Milliseconds, 1 to 600,000. Less: fewer records are read again after a crash. More: fewer commits.
   * @default 1000
   */
  commitIntervalMs?: number | undefined;
  /**
   * Where to begin in a partition for which the group has no committed offset, or one that is no longer in the log. `none`: fail with NO_COMMITTED_OFFSET or
   * OFFSET_OUT_OF_RANGE.
   * @default 'earliest'
   */
  offsetReset?: 'earliest' | 'latest' | 'none' | undefined;
  /**
   * How partitions are shared out. All members of a group must agree.
   * @default what the group has; 'sticky' for a new one
   */
  assignor?: 'sticky' | 'range' | 'roundrobin' | undefined;
  /**
   * Makes the member static: a process that comes back under the same id within `sessionTimeoutMs` gets its partitions back, and nobody else notices. One process at a
   * time; the older of two is ended with INSTANCE_FENCED.
   * @default undefined
   */
  instanceId?: string | undefined;
  /**
   * A name for people, in `respool group members`.
   * @default the host's name and the process id
   */
  clientId?: string | undefined;
  /**
   * The broker takes the consumer for dead when it hears nothing for so long. Milliseconds. Less: the dead are noticed sooner, and a busy event loop is taken for one.
   * @default the broker's `groupSessionTimeoutMs`
   */
  sessionTimeoutMs?: number | undefined;
  /**
   * How long `onRevoked` and the record in hand may take when a partition is to move. Then the consumer is expelled. Milliseconds.
   * @default the broker's `groupRevocationTimeoutMs`
   */
  revocationTimeoutMs?: number | undefined;
  /**
   * A consumer whose loop does not ask for the next record for so long leaves the group, so that a stuck handler does not hold its partitions for ever. It joins again when the loop goes
   * on. Milliseconds, 1,000 to 2^31 − 1.
   * @default 300000
   */
  maxProcessingMs?: number | undefined;
  /**
   * Bytes of batches that the broker may send ahead. Less: less memory. More: fewer pauses. 64 KiB to 1 GiB.
   * @default 4 MiB
   */
  maxBufferedBytes?: number | undefined;
  /**
   * Topics that do not exist yet are waited for, instead of failing with TOPIC_NOT_FOUND.
   * @default false
   */
  awaitTopics?: boolean | undefined;
  /**
   * What to do about damaged records: fail with CORRUPT_BATCH, or go past them and tell `onSkipped`.
   * @default 'fail'
   */
  onDataLoss?: 'fail' | 'skip' | undefined;
  /**
   * How long the broker may be away before iterating fails with UNAVAILABLE. Milliseconds; 0: at once.
   * @default Infinity
   */
  reconnectTimeoutMs?: number | undefined;
  /** Told of partitions that are this consumer's from now on; awaited before their first record is handed out. */
  onAssigned?: ((partitions: readonly AssignedPartition[]) => void | Promise<void>) | undefined;
  /** Told of partitions that are to move: called between two records, awaited before they are committed and released. What is committed in it still counts. */
  onRevoked?: ((partitions: readonly TopicPartition[]) => void | Promise<void>) | undefined;
  /** Told of partitions that are gone already: the connection was lost, the consumer expelled, the topic deleted. Nothing can be committed for them any more. */
  onLost?: ((partitions: readonly TopicPartition[]) => void | Promise<void>) | undefined;
  /** Told of offsets that were gone past. */
  onSkipped?: ((skipped: SkippedOffsets) => void) | undefined;
}
