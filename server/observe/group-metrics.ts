/** The metrics of consumer groups. */
import type { GroupEvent } from '../../consumer-groups/index.js';
import { BoundedLabel } from './bounded-label.js';
import { MetricSet, SECONDS } from './metric-set.js';

/** Groups with a label of their own; the rest are counted together. */
const MAX_GROUP_LABELS = 100;

/** Reasons for which a member leaves that did not want to. */
const EXPULSIONS: ReadonlySet<string> = new Set(['silent', 'kept-revoked', 'fenced', 'failed']);

export class GroupMetrics extends MetricSet {
  readonly label = new BoundedLabel(MAX_GROUP_LABELS);

  readonly count = this.gauge('groups', 'Consumer groups');
  readonly offsets = this.gauge('group_committed_offsets', 'Committed offsets of all groups');
  readonly members = this.gauge('group_members', 'Members of a group', ['group']);
  readonly generation = this.gauge('group_generation', "A group's generation", ['group']);
  readonly lagRecords = this.gauge('group_lag_records', 'Records that a group has not read yet', [
    'group',
    'topic',
    'partition',
  ]);
  readonly lagSeconds = this.gauge(
    'group_lag_seconds',
    'Age of the oldest record that a group has not read yet',
    ['group'],
  );
  readonly sentBytes = this.counter('group_sent_bytes_total', 'Bytes of batches sent to members', ['topic']);
  readonly rebalances = this.counter('group_rebalances_total', 'Times that partitions were shared out');
  readonly partitionsMoved = this.counter('group_partitions_moved_total', 'Partitions that changed hands');
  readonly expelled = this.counter('group_expelled_total', 'Members expelled', ['reason']);
  readonly commits = this.counter('group_commits_total', 'Offsets committed');
  readonly commitsRefused = this.counter(
    'group_commits_refused_total',
    'Offsets that were not committed, by error code',
    ['code'],
  );
  readonly commitSeconds = this.histogram(
    'group_commit_seconds',
    'Time from the receipt of a commit to its durability',
    SECONDS,
  );
  readonly journalSeconds = this.histogram(
    'group_journal_seconds',
    'Time to write changes of groups to their journal',
    SECONDS,
  );
  readonly viewsRebuilt = this.counter(
    'group_view_rebuilt_total',
    'Times that the view of the offsets was set aside and rebuilt',
  );
  readonly events = this.counter('group_events_total', 'What groups reported, other than commits', ['event']);

  /** Counts what groups report. */
  onEvent(event: GroupEvent): void {
    switch (event.event) {
      case 'journal-appended':
        this.journalSeconds.observe(event.durationMs / 1000);
        return;
      case 'commit-refused':
        // Counted where it is answered, with what never reached the group.
        return;
      case 'rebalanced':
        this.rebalances.inc();
        this.partitionsMoved.inc(event.moved);
        break;
      case 'member-left':
        if (EXPULSIONS.has(event.reason)) this.expelled.inc({ reason: event.reason });
        break;
      case 'view-rebuilt':
        this.viewsRebuilt.inc();
        break;
    }
    this.events.inc({ event: event.event });
  }
}
