import type { BrokerProcess } from './broker-process.js';

const NAMES = [
  'respool_commits_total',
  'respool_committed_bytes_total',
  'respool_commit_write_seconds_sum',
  'respool_commit_sync_seconds_sum',
  'respool_appended_batches_total',
] as const;

type Totals = Record<(typeof NAMES)[number], number>;

/** What the broker's metrics tell of its commits, between the start and the reading. */
export class CommitStatistics {
  private constructor(
    private readonly broker: BrokerProcess,
    private readonly before: Totals,
  ) {}

  static async start(broker: BrokerProcess): Promise<CommitStatistics> {
    return new CommitStatistics(broker, await broker.metrics(NAMES));
  }

  /** Means over all commits since the start. */
  async read(): Promise<Record<string, number>> {
    const now = await this.broker.metrics(NAMES);
    const since = (name: (typeof NAMES)[number]) => now[name] - this.before[name];
    const commits = since('respool_commits_total');
    if (commits === 0) return { commits: 0 };
    return {
      commits,
      batchesPerCommit: rounded(since('respool_appended_batches_total') / commits),
      commitBytes: Math.round(since('respool_committed_bytes_total') / commits),
      writeMs: rounded((since('respool_commit_write_seconds_sum') * 1000) / commits),
      syncMs: rounded((since('respool_commit_sync_seconds_sum') * 1000) / commits),
    };
  }
}

function rounded(value: number): number {
  return Number(value.toPrecision(3));
}
