/** What every engine behind the `LogStore` interface must do for clients, in the words of that interface and nothing else. */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { COMPRESSIONS, splitBatches } from '../../proto/record-batch/index.js';
import {
  BASE_TIME_MS,
  batchOf,
  readLog,
  readValues,
  recordsOf,
} from '../segment-store/fixtures/test-batch.js';
import type { ClientLogStore } from './client-log-store.js';

/** An engine under test, with a place of its own for each test. */
export interface Engine<Store extends ClientLogStore> {
  /** Opens the store in that place: the first time an empty one, then what the last left. The suite closes it. */
  open(): Promise<Store>;
}

export function describeLogStore(
  name: string,
  engineFor: (folder: () => string) => Engine<ClientLogStore>,
  folder: () => string,
): void {
  describe(`a log store: ${name}`, () => {
    let engine: Engine<ClientLogStore>;
    let store: ClientLogStore;

    beforeEach(async () => {
      engine = engineFor(folder);
      store = await engine.open();
    });
    afterEach(() => store.close());

    async function restart(): Promise<void> {
      await store.close();
      store = await engine.open();
    }

    const append = async (value: string, topic = 'a', partition = 0) =>
      (await store.append(topic, partition, await batchOf([value]))).baseOffset;
    const signal = () => AbortSignal.timeout(20_000);

    describe('topics', () => {
      it('are described as they were created, alone, together, and after a restart', async () => {
        const config = { retentionMs: undefined, segmentBytes: 4096, cleanupPolicy: 'compact' } as const;
        const created = await store.createTopic('b', { partitions: 3, config });
        expect(created).toMatchObject({ topic: 'b', config });
        expect([...created.overrides].sort()).toEqual(['cleanupPolicy', 'retentionMs', 'segmentBytes']);
        expect(created.partitions.map(({ partition }) => partition)).toEqual([0, 1, 2]);
        const empty = { logStartOffset: 0, recoveryPoint: 0, highWatermark: 0, logEndOffset: 0 };
        for (const partition of created.partitions)
          expect(partition).toMatchObject({ ...empty, sizeBytes: 0, offline: false, damaged: [] });
        const other = await store.createTopic('a', { partitions: 1 });
        expect(await store.describeTopics()).toEqual([other, created]);
        expect(await store.describeTopics(['b', 'a', 'b'])).toEqual([created, other, created]);
        await restart();
        expect(await store.describeTopics()).toEqual([other, created]);
      });

      it('are not created twice, nor under a name that is not allowed', async () => {
        await store.createTopic('a');
        await expect(store.createTopic('a')).rejects.toMatchObject({
          code: 'TOPIC_EXISTS',
          details: { topic: 'a' },
        });
        for (const name of ['A', '..', 'x/y', '__x', 'y'.repeat(250)])
          await expect(store.createTopic(name)).rejects.toMatchObject({ code: 'INVALID_TOPIC_NAME' });
        expect((await store.describeTopics()).map(({ topic }) => topic)).toEqual(['a']);
      });

      it('follow a change of their configuration and number of partitions', async () => {
        const created = await store.createTopic('a', { partitions: 1, config: { retentionBytes: 1000 } });
        const altered = await store.alterTopic('a', {
          partitions: 2,
          set: { maxBatchBytes: 200 },
          reset: ['retentionBytes'],
        });
        expect(altered.config).toEqual({ ...created.config, retentionBytes: undefined, maxBatchBytes: 200 });
        expect(altered.overrides).toEqual(['maxBatchBytes']);
        expect(await append('short', 'a', 1)).toBe(0);
        const tooLong = await batchOf(['x'.repeat(300)]);
        const details = { sizeBytes: tooLong.length, limitBytes: 200 };
        await expect(store.append('a', 1, tooLong)).rejects.toMatchObject({
          code: 'RECORD_TOO_LARGE',
          details,
        });
        await expect(store.alterTopic('a', { partitions: 1 })).rejects.toMatchObject({
          code: 'INVALID_ARGUMENT',
        });
        await expect(store.alterTopic('a', { set: { segmentBytes: 1 } })).rejects.toMatchObject({
          code: 'INVALID_ARGUMENT',
        });
        await restart();
        expect((await store.describeTopics())[0]!.config).toEqual(altered.config);
      });

      it('are gone when they are deleted, and a new one of the name is empty', async () => {
        await store.createTopic('a');
        await append('old');
        const waiting = store.awaitRecords('a', 0, 1, signal());
        const refused = expect(waiting).rejects.toMatchObject({ code: 'TOPIC_NOT_FOUND' });
        await store.deleteTopic('a');
        await refused;
        await expect(append('late')).rejects.toMatchObject({ code: 'TOPIC_NOT_FOUND' });
        await expect(store.read('a', 0, 0, 1000)).rejects.toMatchObject({ code: 'TOPIC_NOT_FOUND' });
        await store.createTopic('a');
        expect(await readValues(store, 'a')).toEqual([]);
        expect(await append('new')).toBe(0);
        await restart();
        expect(await readValues(store, 'a')).toEqual(['new']);
      });

      it('that do not exist are named in every refusal; so are partitions', async () => {
        await store.createTopic('a', { partitions: 2 });
        const noTopic = { code: 'TOPIC_NOT_FOUND', details: { topic: 'none' } };
        const noPartition = {
          code: 'PARTITION_NOT_FOUND',
          details: { topic: 'a', partition: 2, partitions: 2 },
        };
        for (const [topic, partition, refusal] of [
          ['none', 0, noTopic],
          ['a', 2, noPartition],
        ] as const) {
          const batch = await batchOf(['x']);
          await expect(store.append(topic, partition, batch)).rejects.toMatchObject(refusal);
          await expect(store.read(topic, partition, 0, 1000)).rejects.toMatchObject(refusal);
          await expect(store.awaitRecords(topic, partition, 0, signal())).rejects.toMatchObject(refusal);
          await expect(store.bounds(topic, partition)).rejects.toMatchObject(refusal);
          await expect(store.findByTime(topic, partition, 0)).rejects.toMatchObject(refusal);
          await expect(store.truncatePrefix(topic, partition, 0)).rejects.toMatchObject(refusal);
        }
        await expect(store.deleteTopic('none')).rejects.toMatchObject(noTopic);
        await expect(store.alterTopic('none', {})).rejects.toMatchObject(noTopic);
        await expect(store.describeTopics(['a', 'none'])).rejects.toMatchObject(noTopic);
      });
    });

    describe('appends', () => {
      it('to one partition get the offsets in the order of the calls', async () => {
        await store.createTopic('a');
        const batches = await Promise.all(
          Array.from({ length: 60 }, (_, n) => batchOf(Array(1 + (n % 3)).fill(`${n}`))),
        );
        const appended = await Promise.all(batches.map((batch) => store.append('a', 0, batch)));
        let expected = 0;
        appended.forEach((one, n) => {
          expect(one).toEqual({ baseOffset: expected, duplicate: false });
          expected += 1 + (n % 3);
        });
        expect((await readValues(store, 'a')).map(Number)).toEqual(
          batches.flatMap((_, n) => Array(1 + (n % 3)).fill(n)),
        );
      });

      it('are kept byte for byte but for base offset and epoch, whatever the compression', async () => {
        await store.createTopic('a');
        for (const compression of COMPRESSIONS) {
          const batch = await batchOf(
            ['a', 'b'.repeat(500)].map((value) => ({ key: 'k', value })),
            { compression },
          );
          const sent = Buffer.from(batch);
          const { baseOffset } = await store.append('a', 0, batch);
          const { batches } = await store.read('a', 0, baseOffset, 1);
          expect(batches.subarray(16)).toEqual(sent.subarray(16));
          for (const { header } of splitBatches(batches, { checkCrc: true }))
            expect(header.baseOffset).toBe(baseOffset);
        }
      });

      it('are refused if the batch does not hold what it says, and nothing is stored', async () => {
        await store.createTopic('a');
        const batch = await batchOf(['x']);
        for (const at of [17, 27, 57, batch.length - 1]) {
          const lying = Buffer.from(batch);
          lying[at]! ^= 1;
          await expect(store.append('a', 0, lying)).rejects.toMatchObject({ code: 'INVALID_BATCH' });
        }
        await expect(store.append('a', 0, batch.subarray(0, 50))).rejects.toMatchObject({
          code: 'INVALID_BATCH',
        });
        expect(await store.bounds('a', 0)).toMatchObject({ logEndOffset: 0 });
      });

      it('that expect another end are refused, naming both', async () => {
        await store.createTopic('a');
        const conditional = async (expectedOffset: number) =>
          store.append('a', 0, await batchOf(['x']), { expectedOffset });
        await conditional(0);
        const details = { topic: 'a', partition: 0, expectedOffset: 0, endOffset: 1 };
        await expect(conditional(0)).rejects.toMatchObject({ code: 'UNEXPECTED_OFFSET', details });
        await expect(conditional(2)).rejects.toMatchObject({ code: 'UNEXPECTED_OFFSET' });
        expect((await conditional(1)).baseOffset).toBe(1);
        const rivals = await Promise.allSettled(Array.from({ length: 8 }, () => conditional(2)));
        expect(rivals.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
        expect(await store.bounds('a', 0)).toMatchObject({ logEndOffset: 3 });
      });
    });

    describe('idempotent producers', () => {
      const send = async (producerId: number, baseSequence: number, count = 1, producerEpoch = 0) =>
        store.append(
          'a',
          0,
          await batchOf(Array(count).fill('x'), { producer: { producerId, producerEpoch, baseSequence } }),
        );

      it('are acknowledged again for a batch that was stored, across a restart too', async () => {
        await store.createTopic('a');
        const id = await store.allocateProducerId();
        expect(await send(id, 0, 2)).toEqual({ baseOffset: 0, duplicate: false });
        expect(await send(id, 2, 3)).toEqual({ baseOffset: 2, duplicate: false });
        expect(await send(id, 0, 2)).toEqual({ baseOffset: 0, duplicate: true });
        await restart();
        expect(await send(id, 2, 3)).toEqual({ baseOffset: 2, duplicate: true });
        expect(await send(id, 5)).toEqual({ baseOffset: 5, duplicate: false });
        expect(await store.bounds('a', 0)).toMatchObject({ logEndOffset: 6 });
      });

      it('are told of a gap, of a newer epoch, and that they are not known', async () => {
        await store.createTopic('a');
        const id = await store.allocateProducerId();
        await expect(send(id, 7)).rejects.toMatchObject({
          code: 'UNKNOWN_PRODUCER',
          details: { producerId: id },
        });
        await send(id, 0);
        const gap = { producerId: id, expectedSequence: 1, sequence: 2 };
        await expect(send(id, 2)).rejects.toMatchObject({ code: 'OUT_OF_ORDER_SEQUENCE', details: gap });
        await send(id, 0, 1, 1);
        const fenced = { producerId: id, producerEpoch: 0, currentEpoch: 1 };
        await expect(send(id, 1)).rejects.toMatchObject({ code: 'PRODUCER_FENCED', details: fenced });
        expect(await store.bounds('a', 0)).toMatchObject({ logEndOffset: 2 });
      });

      it('never get an id twice, not after a restart either', async () => {
        const ids = new Set<number>();
        for (let round = 0; round < 3; round += 1) {
          for (const id of await Promise.all(Array.from({ length: 20 }, () => store.allocateProducerId())))
            ids.add(id);
          await restart();
        }
        expect(ids.size).toBe(60);
      });
    });

    describe('reads', () => {
      it('from every offset return what was appended, for any sizes', async () => {
        await store.createTopic('a', { config: { segmentBytes: 1024, indexIntervalBytes: 200 } });
        const sizes = fc.array(fc.record({ count: fc.integer({ min: 1, max: 4 }), bytes: fc.nat(400) }), {
          minLength: 12,
          maxLength: 12,
        });
        const expected: string[] = [];
        await fc.assert(
          fc.asyncProperty(sizes, fc.integer({ min: 1, max: 5000 }), async (batches, maxBytes) => {
            for (const { count, bytes } of batches) {
              const values = Array.from(
                { length: count },
                (_, n) => `${expected.length + n}:${'x'.repeat(bytes)}`,
              );
              await store.append('a', 0, await batchOf(values));
              expected.push(...values);
            }
            const from = expected.length - batches.length;
            for (let offset = from; offset < expected.length; offset += 1) {
              const { batches: found, nextOffset } = await store.read('a', 0, offset, maxBytes);
              const records = (await recordsOf(found)).filter((record) => record.offset >= offset);
              expect(records[0]).toMatchObject({ offset, value: expected[offset] });
              expect(records.at(-1)!.offset + 1).toBe(nextOffset);
            }
            expect(await readValues(store, 'a')).toEqual(expected);
          }),
          { numRuns: 4 },
        );
      });

      it('at the high watermark are empty, beyond either end refused', async () => {
        await store.createTopic('a');
        for (let n = 0; n < 3; n += 1) await append(`${n}`);
        expect(await store.read('a', 0, 3, 1000)).toEqual({
          batches: Buffer.alloc(0),
          nextOffset: 3,
          highWatermark: 3,
          logStartOffset: 0,
        });
        await store.truncatePrefix('a', 0, 1);
        const range = { topic: 'a', partition: 0, startOffset: 1, endOffset: 3 };
        for (const offset of [0, 4])
          await expect(store.read('a', 0, offset, 1000)).rejects.toMatchObject({
            code: 'OFFSET_OUT_OF_RANGE',
            details: { ...range, offset },
          });
      });

      it('wait for records, and are woken by them', async () => {
        await store.createTopic('a');
        await store.awaitRecords('a', 0, 0, AbortSignal.timeout(20)).then(
          () => expect.unreachable('there is no record'),
          (error: Error) => expect(error.name).toBe('TimeoutError'),
        );
        const waiting = Array.from({ length: 5 }, () => store.awaitRecords('a', 0, 1, signal()));
        await append('first');
        await append('second');
        await Promise.all(waiting);
        await store.awaitRecords('a', 0, 0, signal());
      });

      it('wait no longer when their signal is aborted, with its reason', async () => {
        await store.createTopic('a');
        const aborter = new AbortController();
        const waiting = store.awaitRecords('a', 0, 0, aborter.signal);
        aborter.abort(new Error('enough'));
        await expect(waiting).rejects.toThrow('enough');
        await expect(store.awaitRecords('a', 0, 0, aborter.signal)).rejects.toThrow('enough');
      });
    });

    describe('times', () => {
      it('find the first record at or after them, as a linear scan does', async () => {
        await store.createTopic('a', { config: { segmentBytes: 1024, indexIntervalBytes: 200 } });
        const offsets = fc.sample(fc.nat(300), { numRuns: 120, seed: 7 });
        for (let n = 0; n < offsets.length; n += 3) {
          const records = offsets
            .slice(n, n + 3)
            .map((ms, i) => ({ value: `${n + i}`, timestampMs: BASE_TIME_MS + ms }));
          await store.append('a', 0, await batchOf(records));
        }
        for (const round of ['all', 'truncated', 'restarted']) {
          if (round === 'truncated') await store.truncatePrefix('a', 0, 40);
          if (round === 'restarted') await restart();
          const records = await readLog(store, 'a');
          for (let ms = -1; ms <= 301; ms += 7) {
            const found = await store.findByTime('a', 0, BASE_TIME_MS + ms);
            const scanned = records.find(({ timestampMs }) => timestampMs >= BASE_TIME_MS + ms);
            expect(found).toEqual(scanned && { offset: scanned.offset, timestampMs: scanned.timestampMs });
          }
        }
      });
    });

    describe('truncation', () => {
      it('moves the log start forward only, in the middle of a batch too, and stays after a restart', async () => {
        await store.createTopic('a', { config: { segmentBytes: 1024 } });
        for (let n = 0; n < 30; n += 3)
          await store.append(
            'a',
            0,
            await batchOf([n, n + 1, n + 2].map((value) => `${value}:${'x'.repeat(100)}`)),
          );
        expect(await store.truncatePrefix('a', 0, 13)).toBe(13);
        expect(await store.truncatePrefix('a', 0, 5)).toBe(13);
        const values = async () =>
          (await readValues(store, 'a')).map((value) => Number(value!.split(':')[0]));
        const expected = Array.from({ length: 17 }, (_, n) => 13 + n);
        expect(await values()).toEqual(expected);
        await restart();
        expect(await store.bounds('a', 0)).toMatchObject({ logStartOffset: 13, highWatermark: 30 });
        expect(await values()).toEqual(expected);
        const details = { offset: 31, startOffset: 13, endOffset: 30 };
        await expect(store.truncatePrefix('a', 0, 31)).rejects.toMatchObject({
          code: 'OFFSET_OUT_OF_RANGE',
          details,
        });
        expect(await store.truncatePrefix('a', 0, 30)).toBe(30);
        expect(await values()).toEqual([]);
        expect(await append('next')).toBe(30);
      });
    });

    it('keeps every acknowledged record across restarts, with its ends in order', async () => {
      await store.createTopic('a', { partitions: 3 });
      for (let round = 0; round < 3; round += 1) {
        for (let partition = 0; partition < 3; partition += 1) await append(`${round}`, 'a', partition);
        for (let partition = 0; partition < 3; partition += 1) {
          const { logStartOffset, recoveryPoint, highWatermark, logEndOffset } = await store.bounds(
            'a',
            partition,
          );
          expect([logStartOffset, recoveryPoint, highWatermark, logEndOffset]).toEqual([
            0,
            round + 1,
            round + 1,
            round + 1,
          ]);
        }
        await restart();
      }
      for (let partition = 0; partition < 3; partition += 1)
        expect(await readValues(store, 'a', partition)).toEqual(['0', '1', '2']);
    });
  });
}
