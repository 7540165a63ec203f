import { expect, test } from 'vitest';
import { SeededRandom } from '../../simulation/seeded-random.js';
import { CommitProcess } from './commit-process.js';
import { groupStoreFolder } from './group-store-folder.js';

/** More than by default where there is time. */
const ROUNDS = Number(process.env['RESPOOL_GROUP_KILL_ROUNDS'] ?? 24);
const TIMEOUT_MS = 60_000 + ROUNDS * 3000;
const PARTITIONS = 300;

const folder = groupStoreFolder();

test(
  'no acknowledged commit is lost when the process is killed while it writes the view',
  async () => {
    const random = new SeededRandom(1);
    let viewsUsed = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const committer = new CommitProcess(folder.path, PARTITIONS);
      await committer.committed(1 + random.between(0, 300));
      await committer.kill();
      const open = await folder.open();
      const committed = (partition: number) => open.groups.committed('g', 't', partition)?.offset ?? 0;
      for (const [partition, number] of committer.lastAcknowledged) {
        expect(committed(partition), `partition ${partition}, round ${round}`).toBeGreaterThanOrEqual(number);
        // Nothing is there that nobody sent.
        expect(committed(partition) % PARTITIONS).toBe(partition);
      }
      expect(open.events.filter(({ event }) => event === 'journal-damaged')).toEqual([]);
      // One that is damaged would be a fault of LMDB or of ours: a killed process damages nothing.
      const rebuilt = open.events.filter((event) => event.event === 'view-rebuilt');
      expect(rebuilt.filter(({ reason }) => reason !== 'it is missing')).toEqual([]);
      if (rebuilt.length === 0) viewsUsed += 1;
      // The journal alone must do: the view stays as the killed process left it.
      await open.log.close();
    }
    expect(viewsUsed).toBeGreaterThan(ROUNDS / 2);
  },
  TIMEOUT_MS,
);
