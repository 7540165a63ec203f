/** What the groups tell whoever runs them, for logs and metrics. */
export type GroupEvent =
  /** The groups are open. `replayed`: records of the journal that the view did not hold yet. */
  | {
      event: 'groups-opened';
      groups: number;
      offsets: number;
      snapshots: number;
      replayed: number;
      durationMs: number;
    }
  /** The view was damaged, missing parts, or ahead of the log: it was set aside (`keptIn`, if there was anything) and rebuilt from the journal. */
  | { event: 'view-rebuilt'; reason: string; keptIn: string | undefined }
  /** Damaged records of the journal were gone past: commits of that range may be lost, so that records may be read again. */
  | { event: 'journal-damaged'; startOffset: number; endOffset: number }
  /** Commits (and other changes) were made durable together. */
  | { event: 'journal-appended'; changes: number; bytes: number; durationMs: number }
  | { event: 'member-joined'; group: string; memberId: string; members: number }
  | {
      event: 'member-left';
      group: string;
      memberId: string;
      members: number;
      reason: 'left' | 'stream-ended' | 'silent' | 'kept-revoked' | 'fenced' | 'failed';
    }
  /** Partitions were shared out anew. `moved`: those that changed hands. */
  | { event: 'rebalanced'; group: string; generation: number; members: number; moved: number }
  /** A commit was refused. */
  | { event: 'commit-refused'; group: string; code: string }
  | { event: 'offsets-reset'; group: string; partitions: number; live: boolean }
  | { event: 'group-deleted'; group: string }
  /** The offsets of a group without members were forgotten. */
  | { event: 'offsets-expired'; group: string; partitions: number }
  /** The offsets of a group for topics that were deleted were forgotten. */
  | { event: 'deleted-topics-forgotten'; group: string; partitions: number }
  /** Something in the background failed and will be tried again. */
  | { event: 'background-error'; doing: string; error: Error };

export type GroupEventListener = (event: GroupEvent) => void;
