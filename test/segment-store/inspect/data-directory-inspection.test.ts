import { appendFile, mkdir, open, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BatchBuilder } from '../../../proto/record-batch/index.js';
import { deletedTopicFile } from '../../../segment-store/data-directory.js';
import {
  inspectPath,
  isStoreError,
  openLogStore,
  verifyDataDirectory,
} from '../../../segment-store/index.js';
import { collect, temporaryFolder } from './written-partition.js';

const DEEP = { batches: false, records: false, checkRecords: true };

describe('inspecting what the store has written', () => {
  let root: Awaited<ReturnType<typeof temporaryFolder>>;
  let dataDir: string;
  const topics = (...names: string[]) => join(dataDir, 'topics', ...names);

  beforeEach(async () => {
    root = await temporaryFolder();
    dataDir = join(root.path, 'data');
    const store = await openLogStore({ dataDir, freeSpaceReserveBytes: 0 });
    await store.createTopic('orders', {
      partitions: 2,
      config: { segmentBytes: 1024, indexIntervalBytes: 0 },
    });
    await store.createTopic('empty');
    for (let number = 0; number < 20; number++) {
      const builder = new BatchBuilder();
      builder.append({
        timestampMs: Date.now(),
        key: `k${number % 3}`,
        value: 'x'.repeat(200),
      });
      await store.append('orders', number % 2, builder.build());
    }
    await store.truncatePrefix('orders', 1, 5);
    await store.close();
  });
  afterEach(() => root.remove());

  const verify = () => collect(verifyDataDirectory(dataDir, DEEP));

  test('is sound after a proper close, and counts every record from the log start on', async () => {
    const { items, findings } = await verify();
    expect(findings).toEqual([]);
    const partitions = items.filter((item) => item.item === 'partition');
    expect(partitions).toMatchObject([
      { topic: 'empty', partition: 0, records: 0, logStartOffset: 0, endOffset: 0 },
      { topic: 'orders', partition: 0, records: 10, logStartOffset: 0, endOffset: 10 },
      { topic: 'orders', partition: 1, logStartOffset: 5, endOffset: 10 },
    ]);
  });

  test('a partition that is gone is damage of its offsets', async () => {
    await rm(topics('orders-0'), { recursive: true });
    expect((await verify()).findings).toMatchObject([
      { severity: 'damage', file: topics('orders-0'), startOffset: 0, endOffset: 10 },
    ]);
  });

  test('partitions without the settings of their topic are damage, a deletion that was cut short a note', async () => {
    await rename(topics('orders.json'), join(root.path, 'orders.json'));
    const lost = await verify();
    expect(lost.findings).toMatchObject([
      { severity: 'damage', file: topics('orders.json'), reason: expect.stringContaining('missing') },
    ]);
    expect(lost.items.filter((item) => item.item === 'partition')).toHaveLength(3);
    await rename(join(root.path, 'orders.json'), deletedTopicFile(dataDir, 'orders'));
    expect((await verify()).findings).toMatchObject([
      { severity: 'note', file: deletedTopicFile(dataDir, 'orders') },
    ]);
  });

  test('what is none of ours is a note', async () => {
    await writeFile(topics('stranger'), '');
    expect((await verify()).findings).toMatchObject([{ severity: 'note', file: topics('stranger') }]);
  });

  test('a newer format is refused', async () => {
    await writeFile(join(dataDir, 'format.json'), '{"format":999}\n');
    await expect(verify()).rejects.toSatisfy((error) => isStoreError(error, 'UNSUPPORTED_FORMAT'));
  });

  test('the lock is taken while verifying and free afterwards, also when it is left early', async () => {
    for await (const _ of verifyDataDirectory(dataDir, DEEP)) {
      const second = collect(verifyDataDirectory(dataDir, DEEP));
      await expect(second).rejects.toSatisfy((error) => isStoreError(error, 'DATA_DIRECTORY_LOCKED'));
      break;
    }
    expect((await verify()).findings).toEqual([]);
  });

  test('every single file that is deleted or emptied is told, but the last batch’s own aids', async () => {
    const names = (await readdir(topics('orders-0'))).filter((name) =>
      /\.(log|index|timeindex|seal)$/.test(name),
    );
    const last = names
      .filter((name) => name.endsWith('.log'))
      .sort()
      .at(-1)!
      .slice(0, 20);
    for (const name of names) {
      const kept = join(root.path, 'kept');
      await rename(topics('orders-0', name), kept);
      const { findings } = await verify();
      await rename(kept, topics('orders-0', name));
      const expected = name.endsWith('.log') ? 'damage' : name.startsWith(last) ? 'note' : 'repairable';
      expect(
        findings.map(({ severity }) => severity),
        name,
      ).toContain(expected);
    }
    expect((await verify()).findings).toEqual([]);
  });

  test('what the store makes of damage is what inspection tells', async () => {
    const [first] = (await readdir(topics('orders-0'))).filter((name) => name.endsWith('.log')).sort();
    const path = topics('orders-0', first!);
    const batches = (await collect(inspectPath(path, { ...DEEP, batches: true }))).items.filter(
      (item) => item.item === 'batch',
    );
    const hurt = batches[1]!;
    const file = await open(path, 'r+');
    await file.write(Buffer.from([0xff, 0xff]), 0, 2, hurt.position + 30);
    await file.close();
    const { findings } = await verify();
    const { startOffset, endOffset } = findings[0]!;
    await using store = await openLogStore({ dataDir, freeSpaceReserveBytes: 0 });
    const answer = store.read('orders', 0, hurt.baseOffset, 1024);
    await expect(answer).rejects.toMatchObject({
      code: 'CORRUPT_BATCH',
      details: { startOffset, endOffset },
    });
    expect((await store.read('orders', 0, endOffset!, 1024)).nextOffset).toBeGreaterThan(endOffset!);
  });

  test('a folder that is no log is refused before anything is written there', async () => {
    const folder = join(root.path, 'other');
    await mkdir(folder);
    await appendFile(join(folder, 'notes.txt'), 'x');
    await expect(collect(verifyDataDirectory(folder, DEEP))).rejects.toMatchObject({
      code: 'NOT_A_LOG',
      path: folder,
    });
    await expect(collect(inspectPath(folder, DEEP))).rejects.toMatchObject({ code: 'NOT_A_LOG' });
    await expect(collect(inspectPath(join(folder, 'notes.txt'), DEEP))).rejects.toMatchObject({
      code: 'NOT_A_LOG',
    });
    await expect(collect(inspectPath(join(folder, 'gone'), DEEP))).rejects.toMatchObject({
      code: 'PATH_NOT_FOUND',
    });
    expect(await readdir(folder)).toEqual(['notes.txt']);
  });
});
