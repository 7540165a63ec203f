/** What a process of members is told by the test, and what it answers. */

export interface MemberSettings {
  /** The consumer's name in the history: one for each time that somebody joins. */
  consumer: string;
  group: string;
  topics: string[];
  /** Records are taken one by one, or batch by batch. */
  takes: 'records' | 'batches';
  commit: 'after' | 'manual';
  /** What it is handed takes up to so long to be worked. */
  maxWorkMs: number;
  sessionTimeoutMs: number;
  /** Of a static member. */
  instanceId?: string;
}

export type MemberOrder =
  | { order: 'join'; settings: MemberSettings }
  | { order: 'leave'; consumer: string }
  /** Ends the process, after what it was told before. */
  | { order: 'end' };

export type MemberReport =
  /** Some commit was acknowledged. Not every one is told. */
  | { report: 'committed' }
  | { report: 'left'; consumer: string }
  /** Its loop ended with an error. */
  | { report: 'failed'; consumer: string; error: string };
