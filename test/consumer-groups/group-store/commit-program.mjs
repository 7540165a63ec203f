/**
 * Commits without end, to be killed: `commit-program DATA_DIR`. Each commit is of one of a few partitions and larger than those before; when it is acknowledged, its number is
 * written to stdout. Runs what was built. Ends with 70 when the view fails.
 */
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { openGroupStore } from '../../../dist/consumer-groups/open-group-store.js';
import { openLogStore, systemClock } from '../../../dist/segment-store/index.js';

const [dataDir, partitions, flushMs] = process.argv.slice(2);
const FAILED = 70;

const store = await openLogStore({ dataDir, freeSpaceReserveBytes: 0 });
const groups = await openGroupStore({
  store,
  options: {
    viewDir: join(dataDir, 'group-view'),
    viewFlushIntervalMs: Number(flushMs),
    viewTimeoutMs: 30_000,
  },
  clock: systemClock,
  emit() {},
  onFatal(error) {
    writeSync(2, `fatal: ${error.message}\n`);
    process.exit(FAILED);
  },
});

let number = Math.max(0, ...[...groups.offsets('g')].map(({ committed }) => committed.offset));
const committers = Array.from({ length: 4 }, commitForEver);
writeSync(1, 'ready\n');
await Promise.all(committers);

async function commitForEver() {
  for (;;) {
    number += 1;
    const offset = number;
    const committed = { offset, leaderEpoch: 0, metadata: 'm'.repeat(offset % 50), committedMs: offset };
    const partition = offset % Number(partitions);
    await groups.write([{ kind: 'offset', group: 'g', topic: 't', partition, committed }]);
    writeSync(1, `${offset}\n`);
  }
}
