/** A topic that is deleted and made again starts from nothing, and keeps what it gets, through a crash as well. */
import { expect, it } from 'vitest';
import { DEFAULT_LOG_STORE_OPTIONS, openLogStore } from '../../segment-store/index.js';
import { readWholeLog } from '../simulation/final-read.js';
import { encodeBatch } from '../simulation/sent-batch.js';
import { SimulatedMachine } from '../simulation/simulated-machine.js';

const OPTIONS = { ...DEFAULT_LOG_STORE_OPTIONS, dataDir: '/data', freeSpaceReserveBytes: 0 };
const CONFIG = { segmentBytes: 1024 };

it.each(['kill', 'power loss'] as const)(
  'after a %s the new topic has its own records, all of them',
  async (crash) => {
    const machine = new SimulatedMachine(7);
    const first = machine.startProcess();
    await machine.world.run(
      (async () => {
        const store = await openLogStore(OPTIONS, { fs: first.fs, clock: first.process.clock });
        await store.createTopic('orders', { config: CONFIG });
        for (let i = 0; i < 30; i += 1) await append(store, `old ${i}`);
        await store.truncatePrefix('orders', 0, 20);
        // Long enough for a checkpoint.
        await first.process.sleep(3 * OPTIONS.checkpointIntervalMs);
        await store.deleteTopic('orders');
        await store.createTopic('orders', { config: CONFIG });
        for (let i = 0; i < 5; i += 1) await append(store, `new ${i}`);
      })(),
    );
    if (crash === 'kill') first.process.kill();
    else machine.losePower();

    const second = machine.startProcess();
    const read = await machine.world.run(
      (async () => {
        const store = await openLogStore(OPTIONS, { fs: second.fs, clock: second.process.clock });
        const { log } = await readWholeLog(store, { topic: 'orders', partition: 0 });
        expect(await append(store, 'next')).toBe(5);
        return log;
      })(),
    );
    expect(read).toMatchObject({ logStartOffset: 0, endOffset: 5, damaged: [] });
    expect(read.records.map(({ value }) => value)).toEqual([0, 1, 2, 3, 4].map((i) => `1 none new ${i}`));
  },
);

async function append(store: Awaited<ReturnType<typeof openLogStore>>, content: string): Promise<number> {
  const { baseOffset } = await store.append('orders', 0, encodeBatch([{ timestampMs: 1, content }]));
  return baseOffset;
}
