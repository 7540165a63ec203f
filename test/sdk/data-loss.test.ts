import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HEADER_BYTES } from '../../proto/record-batch/index.js';
import { type DataLoss, Respool, type RespoolError } from '../../sdk/index.js';
import { RunningBroker } from './fixtures/running-broker.js';

let broker: RunningBroker;
let client: Respool;

/** Thirty records in ten batches, of which the fourth (offsets 9 to 11) is damaged on disk. */
beforeAll(async () => {
  broker = await RunningBroker.start();
  client = new Respool(broker.server);
  await client.admin.createTopic('t', { partitions: 1, config: { segmentBytes: 1024 } });
  for (let i = 0; i < 10; i++) {
    const records = [0, 1, 2].map((n) => ({ value: `${i}-${n}`.padEnd(100, '.') }));
    await client.append({ topic: 't', records });
  }
  await broker.stop();
  await damage('00000000000000000009.log', HEADER_BYTES + 50);
  await broker.startAgain();
});
afterAll(async () => {
  await client.close();
  await broker[Symbol.asyncDispose]();
});

/** Flips a bit of a byte behind the batch at the beginning of a segment, or of the one that holds that offset. */
async function damage(segment: string, at: number): Promise<void> {
  const found = (await readdir(broker.dataDir, { recursive: true }))
    .filter((name) => name.endsWith('.log'))
    .sort();
  const name = found.filter((path) => path.slice(-segment.length) <= segment).at(-1)!;
  const file = await open(join(broker.dataDir, name), 'r+');
  const bytes = Buffer.alloc((await file.stat()).size);
  await file.read(bytes, 0, bytes.length, 0);
  let batch = 0;
  while (bytes.readBigInt64BE(batch) < 9n) batch += 12 + bytes.readInt32BE(batch + 8);
  await file.write(Buffer.from([bytes[batch + at]! ^ 1]), 0, 1, batch + at);
  await file.close();
}

describe('damaged records', () => {
  it('end reading with CORRUPT_BATCH, naming their range, after all that is before them', async () => {
    const seen: number[] = [];
    const reading = (async () => {
      for await (const { offset } of client.records({ topic: 't' })) seen.push(offset);
    })();
    const error = (await reading.catch((error: unknown) => error)) as RespoolError;
    expect(error).toMatchObject({
      code: 'CORRUPT_BATCH',
      retryable: false,
      details: { topic: 't', partition: 0 },
    });
    expect(error.details['startOffset']).toBeLessThanOrEqual(9);
    expect(error.details['endOffset']).toBeGreaterThanOrEqual(12);
    expect(seen).toEqual(Array.from({ length: Number(error.details['startOffset']) }, (_, i) => i));
  });

  it('are gone past if asked for, with a word about what was left out, and all around them is read', async () => {
    const seen: number[] = [];
    const losses: DataLoss[] = [];
    const options = {
      topic: 't',
      onDataLoss: 'skip' as const,
      onSkipped: (loss: DataLoss) => losses.push(loss),
    };
    for await (const { offset } of client.records(options)) seen.push(offset);
    expect(losses).toHaveLength(1);
    const [{ startOffset, endOffset }] = losses as [DataLoss];
    const all = Array.from({ length: 30 }, (_, i) => i);
    expect(seen).toEqual(all.filter((offset) => offset < startOffset || offset >= endOffset));
    expect(all.filter((offset) => offset >= startOffset && offset < endOffset)).toEqual([9, 10, 11]);
  });
});
