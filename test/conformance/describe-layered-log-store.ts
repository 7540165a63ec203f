/** What every engine behind the `LogStore` interface must do, beyond what clients see, for the layers above it in the same process. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LogStore } from '../../segment-store/index.js';
import { BASE_TIME_MS, batchOf, readValues } from '../segment-store/fixtures/test-batch.js';
import type { Engine } from './describe-log-store.js';

export function describeLayeredLogStore(
  name: string,
  engineFor: (folder: () => string) => Engine<LogStore>,
  folder: () => string,
): void {
  describe(`a log store under other layers: ${name}`, () => {
    let engine: Engine<LogStore>;
    let store: LogStore;

    beforeEach(async () => {
      engine = engineFor(folder);
      store = await engine.open();
    });
    afterEach(() => store.close());

    async function restart(): Promise<void> {
      await store.close();
      store = await engine.open();
    }

    async function append(count: number, bytes = 100): Promise<void> {
      for (let n = 0; n < count; n += 1) {
        const value = 'x'.repeat(bytes);
        await store.append('a', 0, await batchOf([{ value, timestampMs: BASE_TIME_MS + n * 1000 }]));
      }
    }

    it('keeps internal topics, which are told from others by their names, across restarts', async () => {
      await store.createTopic('a');
      const created = await store.createTopic('__own', { internal: true });
      expect(created.internal).toBe(true);
      await store.append('__own', 0, await batchOf(['state']));
      await restart();
      expect((await store.describeTopics()).map((topic) => [topic.topic, topic.internal])).toEqual([
        ['__own', true],
        ['a', false],
      ]);
      expect(await readValues(store, '__own')).toEqual(['state']);
      for (const [topic, spec] of [
        ['__other', {}],
        ['__other', { internal: false }],
        ['other', { internal: true }],
      ] as const)
        await expect(store.createTopic(topic, spec)).rejects.toMatchObject({ code: 'INVALID_TOPIC_NAME' });
    });

    it('estimates how much a range holds: all of the log exactly, nothing outside of it, parts by about their share', async () => {
      await store.createTopic('a', { config: { segmentBytes: 4096, indexIntervalBytes: 300 } });
      expect(await store.sizeBetween('a', 0, 0, 10)).toBe(0);
      await append(60);
      const [partition] = (await store.describeTopics(['a']))[0]!.partitions;
      const { sizeBytes } = partition!;
      expect(await store.sizeBetween('a', 0, 0, 60)).toBe(sizeBytes);
      expect(await store.sizeBetween('a', 0, 0, 1000)).toBe(sizeBytes);
      expect(await store.sizeBetween('a', 0, 60, 1000)).toBe(0);
      const batchBytes = sizeBytes / 60;
      for (const [start, end] of [
        [0, 30],
        [17, 43],
        [59, 60],
      ] as const) {
        const off = (await store.sizeBetween('a', 0, start, end)) - (end - start) * batchBytes;
        expect(Math.abs(off)).toBeLessThanOrEqual(2 * (300 + 2 * batchBytes));
      }
      await store.truncatePrefix('a', 0, 40);
      expect(await store.sizeBetween('a', 0, 0, 40)).toBe(0);
    });

    it('tells when the record at an offset was written', async () => {
      await store.createTopic('a', { config: { segmentBytes: 4096, indexIntervalBytes: 300 } });
      await append(60);
      for (let offset = 0; offset < 60; offset += 7)
        expect(await store.timeAt('a', 0, offset)).toBe(BASE_TIME_MS + offset * 1000);
      expect(await store.timeAt('a', 0, 60)).toBeUndefined();
      await store.truncatePrefix('a', 0, 10);
      for (const offset of [9, 61])
        await expect(store.timeAt('a', 0, offset)).rejects.toMatchObject({ code: 'OFFSET_OUT_OF_RANGE' });
    });

    it('tells those who watch that topics changed, until they stop', async () => {
      let calls = 0;
      let onCall: () => void = () => {};
      const told = () =>
        new Promise<void>((resolve) => {
          onCall = resolve;
        });
      const stop = store.watchTopics(() => {
        calls += 1;
        onCall();
      });
      for (const change of [
        () => store.createTopic('a', { partitions: 1 }),
        () => store.alterTopic('a', { partitions: 2 }),
        () => store.deleteTopic('a'),
      ]) {
        const next = told();
        await Promise.all([change(), next]);
      }
      stop();
      const before = calls;
      await store.createTopic('b');
      await nextTurn();
      expect(calls).toBe(before);
    });

    it('takes holds on what there is, and refuses them on what there is not', async () => {
      await store.createTopic('a');
      await append(3);
      store.holdRetention('a', 0, 'holder', 1);
      store.holdRetention('a', 0, 'holder', undefined);
      store.holdRetention('a', 0, 'stranger', undefined);
      const held = (topic: string, partition: number, from: number) => () =>
        store.holdRetention(topic, partition, 'holder', from);
      expect(held('none', 0, 0)).toThrow(expect.objectContaining({ code: 'TOPIC_NOT_FOUND' }));
      expect(held('a', 1, 0)).toThrow(expect.objectContaining({ code: 'PARTITION_NOT_FOUND' }));
      expect(held('a', 0, -1)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
      store.holdRetention('a', 0, 'holder', 0);
      expect(await store.truncatePrefix('a', 0, 2)).toBe(2);
    });

    it('names what does not exist in every refusal', async () => {
      await store.createTopic('a', { partitions: 2 });
      for (const [topic, partition, code] of [
        ['none', 0, 'TOPIC_NOT_FOUND'],
        ['a', 2, 'PARTITION_NOT_FOUND'],
      ] as const) {
        await expect(store.sizeBetween(topic, partition, 0, 1)).rejects.toMatchObject({ code });
        await expect(store.timeAt(topic, partition, 0)).rejects.toMatchObject({ code });
      }
    });
  });
}
