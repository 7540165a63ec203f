/** How appends become durable: in the order of the calls, many with one sync, and none is ever forgotten. */
import { describe, expect, it } from 'vitest';
import { CommitPipeline } from '../../segment-store/commit-pipeline.js';
import type { LogTail } from '../../segment-store/log-tail.js';
import { PendingAppend } from '../../segment-store/pending-append.js';
import { headerOf } from './fixtures/test-batch.js';

describe.each([true, false])('a pipeline (sync first: %s)', (syncFirst) => {
  // Nothing but microtasks: the tightest interleaving there is.
  it.each(Array.from({ length: 24 }, (_, ticks) => ticks))(
    'commits what is queued %i ticks after the last acknowledgement',
    async (ticks) => {
      const tail = {
        mark: { bytes: 0, offset: 0 },
        append: async (group: unknown[]) => group.length,
        sync: async () => {},
      };
      const events = {
        committed: (batches: readonly PendingAppend[]) => {
          for (const pending of batches) pending.succeed();
        },
        refused: () => {},
        syncFailed: () => {},
      };
      const pipeline = new CommitPipeline(tail as unknown as LogTail, syncFirst, () => 0, events);
      let stored = 0;
      for (let n = 0; n < 3; n += 1) {
        const pending = new PendingAppend(headerOf(), Buffer.alloc(0));
        pipeline.enqueue(pending);
        void pending.stored.then(() => {
          stored += 1;
        });
        for (let tick = 0; tick < 60 && stored === n; tick += 1) await null;
        expect(stored).toBe(n + 1);
        for (let tick = 0; tick < ticks; tick += 1) await null;
      }
    },
  );
});
