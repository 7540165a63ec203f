/** Topics: creating, changing and deleting them, on real files. */
import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_TOPIC_CONFIG, isInternalTopic } from '../../segment-store/index.js';
import { storeFolder } from './fixtures/opened-store.js';
import { batchOf, readLog, readValues } from './fixtures/test-batch.js';
import { WatchedFileSystem } from './fixtures/watched-file-system.js';

const folder = storeFolder();
const topicsFolder = () => readdirSync(join(folder.path, 'topics'));

/** Reads that find nothing to read: for those who wait. */
const forever = () => new AbortController().signal;

describe('a topic name', () => {
  it.each([
    ['', 'is empty'],
    ['.', 'a folder'],
    ['..', 'a folder'],
    ['a/b', 'none of A-Z'],
    ['../../etc/passwd', 'none of A-Z'],
    ['nul\0', 'none of A-Z'],
    ['line\n', 'none of A-Z'],
    ['ümlaut', 'none of A-Z'],
    ['__proto__', 'internal'],
    ['__offsets', 'internal'],
    ['x'.repeat(250), '249'],
  ])('%j is refused, and nothing is created', async (name, why) => {
    const store = await folder.open();
    const refused = store.createTopic(name);
    await expect(refused).rejects.toMatchObject({ code: 'INVALID_TOPIC_NAME' });
    await expect(refused).rejects.toThrow(why);
    expect(await store.describeTopics()).toEqual([]);
    expect(topicsFolder()).toEqual([]);
  });

  it('is refused or is the name of a file below the topics folder, whatever it is', async () => {
    const store = await folder.open();
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 20 }), async (name) => {
        const before = new Set(topicsFolder());
        const created = await store.createTopic(name).then(
          () => true,
          () => false,
        );
        const added = topicsFolder().filter((file) => !before.has(file));
        expect(added).toEqual(created ? [`${name}-0`, `${name}.json`] : []);
      }),
      { numRuns: 50 },
    );
    expect(readdirSync(join(folder.path, '..')).filter((name) => name === 'x')).toEqual([]);
  });

  it.each(['constructor', 'a.json', 'a-0', 'a.deleted', 'a.json.tmp', 'UPPER', '-', '_', 'x'.repeat(249)])(
    '%s is allowed: created, found again after a restart, deleted without a trace',
    async (name) => {
      let store = await folder.open();
      await store.createTopic('a', { partitions: 2 });
      await store.createTopic(name, { partitions: 2 });
      await store.append(name, 1, await batchOf(['kept']));
      await store.close();
      store = await folder.open();
      expect(await readValues(store, name, 1)).toEqual(['kept']);
      await store.deleteTopic(name);
      expect((await store.describeTopics()).map(({ topic }) => topic)).toEqual(['a']);
      expect(topicsFolder().sort()).toEqual(['a-0', 'a-1', 'a.json']);
    },
  );

  it('that differs from another in case only is refused, after a restart too', async () => {
    let store = await folder.open();
    await store.createTopic('Orders');
    await expect(store.createTopic('orders')).rejects.toMatchObject({ code: 'INVALID_TOPIC_NAME' });
    await expect(store.createTopic('Orders')).rejects.toMatchObject({ code: 'TOPIC_EXISTS' });
    await store.close();
    store = await folder.open();
    await expect(store.createTopic('ORDERS')).rejects.toMatchObject({ code: 'INVALID_TOPIC_NAME' });
    await store.deleteTopic('Orders');
    await store.createTopic('ORDERS');
  });
});

describe('an internal topic', () => {
  const internal = true;

  it('has a name that begins with "__", which no other may have, and is found by it after a restart', async () => {
    let store = await folder.open();
    const created = await store.createTopic('__offsets', { internal, partitions: 2 });
    expect(created.internal).toBe(true);
    expect((await store.createTopic('a')).internal).toBe(false);
    await store.append('__offsets', 1, await batchOf(['kept']));
    await store.close();
    store = await folder.open();
    expect((await store.describeTopics()).map((one) => [one.topic, one.internal])).toEqual([
      ['__offsets', true],
      ['a', false],
    ]);
    expect(await readValues(store, '__offsets', 1)).toEqual(['kept']);
    await store.alterTopic('__offsets', { partitions: 3 });
    await store.truncatePrefix('__offsets', 1, 1);
    await store.deleteTopic('__offsets');
    expect((await store.describeTopics()).map(({ topic }) => topic)).toEqual(['a']);
  });

  it.each([
    ['offsets', 'does not begin with "__"'],
    ['_offsets', 'does not begin with "__"'],
    ['__a/b', 'none of A-Z'],
    ['', 'is empty'],
    [`__${'x'.repeat(248)}`, '249'],
  ])('is not made under the name %j', async (name, why) => {
    const store = await folder.open();
    const refused = store.createTopic(name, { internal });
    await expect(refused).rejects.toMatchObject({ code: 'INVALID_TOPIC_NAME' });
    await expect(refused).rejects.toThrow(why);
    expect(topicsFolder()).toEqual([]);
  });

  it('is known by its name alone', () => {
    for (const name of ['__', '__a', '__consumer_offsets', '___']) expect(isInternalTopic(name)).toBe(true);
    for (const name of ['', '_', '_a', 'a', 'a__', '-__']) expect(isInternalTopic(name)).toBe(false);
  });
});

describe('limits', () => {
  it('on topics and partitions refuse one more, saying which limit it is', async () => {
    const store = await folder.open({ maxTopics: 2, maxPartitions: 5 });
    await store.createTopic('a', { partitions: 3 });
    const tooMany = { code: 'TOO_MANY', details: { what: 'partitions', limit: 5 } };
    await expect(store.createTopic('b', { partitions: 3 })).rejects.toMatchObject(tooMany);
    await store.createTopic('b', { partitions: 1 });
    await expect(store.alterTopic('b', { partitions: 3 })).rejects.toMatchObject(tooMany);
    await store.alterTopic('b', { partitions: 2 });
    const topics = { code: 'TOO_MANY', details: { what: 'topics', limit: 2 } };
    await expect(store.createTopic('c')).rejects.toMatchObject(topics);
    await store.deleteTopic('a');
    await store.createTopic('c', { partitions: 3 });
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])(
    'refuse %d partitions, naming the field',
    async (partitions) => {
      const store = await folder.open();
      await expect(store.createTopic('a', { partitions })).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
        details: { field: 'partitions' },
      });
      expect(topicsFolder()).toEqual([]);
    },
  );
});

describe('configuration', () => {
  it('is the defaults with what the topic sets, and follows each change, across a restart', async () => {
    const topicDefaults = { ...DEFAULT_TOPIC_CONFIG, retentionMs: 5000 };
    let store = await folder.open({ topicDefaults });
    const created = await store.createTopic('a', {
      config: { segmentBytes: 2048, retentionBytes: undefined },
    });
    expect(created.config).toEqual({ ...topicDefaults, segmentBytes: 2048 });
    await store.alterTopic('a', { set: { retentionMs: undefined, maxBatchBytes: 500 } });
    await store.close();
    store = await folder.open({ topicDefaults });
    const [found] = await store.describeTopics(['a']);
    expect(found!.config).toEqual({
      ...topicDefaults,
      segmentBytes: 2048,
      retentionMs: undefined,
      maxBatchBytes: 500,
    });
    expect([...found!.overrides].sort()).toEqual([
      'maxBatchBytes',
      'retentionBytes',
      'retentionMs',
      'segmentBytes',
    ]);
    const reset = await store.alterTopic('a', { reset: ['retentionMs', 'segmentBytes'] });
    expect(reset.config).toEqual({ ...topicDefaults, maxBatchBytes: 500 });
  });

  it('holds from the next append on', async () => {
    const store = await folder.open();
    await store.createTopic('a');
    const batch = () => batchOf(['x'.repeat(1000)]);
    await store.append('a', 0, await batch());
    await store.alterTopic('a', { set: { maxBatchBytes: 500 } });
    const limits = { sizeBytes: (await batch()).length, limitBytes: 500 };
    await expect(store.append('a', 0, await batch())).rejects.toMatchObject({
      code: 'RECORD_TOO_LARGE',
      details: limits,
    });
    await store.alterTopic('a', { reset: ['maxBatchBytes'], set: { segmentBytes: 1024 } });
    for (let n = 0; n < 3; n += 1) await store.append('a', 0, await batch());
    expect((await store.describeTopics())[0]!.partitions[0]!.segments).toBe(4);
  });

  it('that is out of bounds or unknown changes nothing', async () => {
    const store = await folder.open();
    const before = await store.createTopic('a');
    const bad = { segmentBytes: 1 };
    const unknown = JSON.parse('{ "nonsense": 1 }');
    await expect(store.alterTopic('a', { set: bad })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await expect(store.alterTopic('a', { set: unknown })).rejects.toThrow('nonsense');
    await expect(store.alterTopic('a', { reset: ['nonsense' as 'segmentMs'] })).rejects.toThrow('nonsense');
    await expect(store.createTopic('b', { config: bad })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(await store.describeTopics()).toEqual([before]);
  });
});

describe('compaction that the defaults of the store ask for', () => {
  const compacted = { ...DEFAULT_TOPIC_CONFIG, cleanupPolicy: 'compact', segmentBytes: 1024 } as const;

  it('leaves no damage behind, also when the defaults change at a restart and back', async () => {
    let store = await folder.open({ topicDefaults: { ...compacted, cleanupPolicy: 'delete' } });
    await store.createTopic('a');
    for (let n = 0; n < 60; n += 1)
      await store.append('a', 0, await batchOf([{ key: `k${n % 3}`, value: `${n}` }]));
    await store.close();
    store = await folder.open({ topicDefaults: compacted });
    await store.cleanUp();
    const records = await readLog(store, 'a');
    expect(records.length).toBeLessThan(40);
    await store.close();
    store = await folder.open({ topicDefaults: { ...compacted, cleanupPolicy: 'delete' } });
    expect(await readLog(store, 'a')).toEqual(records);
    await store.createTopic('b');
    await store.close();
    store = await folder.open({ topicDefaults: compacted });
    await store.createTopic('c');
    for (let n = 0; n < 60; n += 1)
      for (const topic of ['b', 'c'])
        await store.append(topic, 0, await batchOf([{ key: 'k', value: `${n}` }]));
    await store.cleanUp();
    for (const topic of ['b', 'c']) expect((await readLog(store, topic)).at(-1)?.value).toBe('59');
    expect(folder.events.filter(({ event }) => event === 'damage-found')).toEqual([]);
  });
});

describe('partitions', () => {
  it('are added while appends run, and lose none', async () => {
    const store = await folder.open();
    await store.createTopic('a', { partitions: 1 });
    const appends: Promise<unknown>[] = [];
    for (let n = 0; n < 50; n += 1) appends.push(store.append('a', 0, await batchOf([`${n}`])));
    const altered = store.alterTopic('a', { partitions: 4 });
    for (let n = 50; n < 100; n += 1) appends.push(store.append('a', 0, await batchOf([`${n}`])));
    expect((await altered).partitions).toHaveLength(4);
    await Promise.all(appends);
    expect((await store.append('a', 3, await batchOf(['new']))).baseOffset).toBe(0);
    expect(await readValues(store, 'a')).toEqual(Array.from({ length: 100 }, (_, n) => `${n}`));
    await expect(store.append('a', 4, await batchOf(['none']))).rejects.toMatchObject({
      code: 'PARTITION_NOT_FOUND',
      details: { topic: 'a', partition: 4, partitions: 4 },
    });
  });

  it('never become fewer', async () => {
    const store = await folder.open();
    await store.createTopic('a', { partitions: 3 });
    await expect(store.alterTopic('a', { partitions: 2 })).rejects.toThrow('at least 3');
  });

  it('that could not all be made are made when there is room again, without a restart', async () => {
    const disk = new WatchedFileSystem();
    let store = await folder.open({}, { fs: disk.fileSystem });
    const heal = disk.fail('open', 'a-2/00000000000000000000.log', 'ENOSPC');
    await expect(store.createTopic('a', { partitions: 3 })).rejects.toMatchObject({ code: 'DISK_FULL' });
    expect(await store.describeTopics()).toEqual([]);
    await store.createTopic('a', { partitions: 1 });
    await expect(store.alterTopic('a', { partitions: 4 })).rejects.toMatchObject({ code: 'DISK_FULL' });
    expect((await store.describeTopics())[0]!.partitions).toHaveLength(1);
    heal();
    expect((await store.alterTopic('a', { partitions: 4 })).partitions).toHaveLength(4);
    for (let n = 0; n < 4; n += 1) await store.append('a', n, await batchOf([`in ${n}`]));
    await store.close();
    store = await folder.open();
    for (let n = 0; n < 4; n += 1) expect(await readValues(store, 'a', n)).toEqual([`in ${n}`]);
  });

  it('of a topic that could not be created are not there after a restart', async () => {
    const disk = new WatchedFileSystem();
    let store = await folder.open({}, { fs: disk.fileSystem });
    disk.fail('open', 'a-2/00000000000000000000.log', 'ENOSPC');
    await expect(store.createTopic('a', { partitions: 3 })).rejects.toMatchObject({ code: 'DISK_FULL' });
    await store.close();
    store = await folder.open();
    expect(await store.describeTopics()).toEqual([]);
    expect(topicsFolder()).toEqual([]);
  });
});

describe('deletion', () => {
  it('sends waiting readers away and refuses every call after it', async () => {
    const store = await folder.open();
    await store.createTopic('a');
    const waiting = store.awaitRecords('a', 0, 0, forever());
    const deleted = store.deleteTopic('a');
    await expect(waiting).rejects.toMatchObject({ code: 'TOPIC_NOT_FOUND' });
    await deleted;
    const gone = { code: 'TOPIC_NOT_FOUND', details: { topic: 'a' } };
    await expect(store.append('a', 0, await batchOf(['late']))).rejects.toMatchObject(gone);
    await expect(store.read('a', 0, 0, 100)).rejects.toMatchObject(gone);
    await expect(store.awaitRecords('a', 0, 0, forever())).rejects.toMatchObject(gone);
    await expect(store.bounds('a', 0)).rejects.toMatchObject(gone);
    await expect(store.findByTime('a', 0, 0)).rejects.toMatchObject(gone);
    await expect(store.truncatePrefix('a', 0, 0)).rejects.toMatchObject(gone);
    await expect(store.alterTopic('a', {})).rejects.toMatchObject(gone);
    await expect(store.deleteTopic('a')).rejects.toMatchObject(gone);
    await expect(store.describeTopics(['a'])).rejects.toMatchObject(gone);
    await expect(store.awaitRecords('a', 0, 0, forever())).rejects.toMatchObject(gone);
  });

  it('answers appends that run, one way or the other', async () => {
    const store = await folder.open();
    await store.createTopic('a');
    const batches = await Promise.all(Array.from({ length: 50 }, (_, n) => batchOf([`${n}`])));
    const outcomes = batches.map((batch) => store.append('a', 0, batch));
    const deleted = store.deleteTopic('a');
    for (const outcome of await Promise.allSettled(outcomes)) expect(outcome.status).toBe('fulfilled');
    await deleted;
    expect(topicsFolder()).toEqual([]);
  });

  it('gives a reader that is under way TOPIC_NOT_FOUND, and calls nothing damaged', async () => {
    const disk = new WatchedFileSystem();
    const store = await folder.open({}, { fs: disk.fileSystem });
    await store.createTopic('a', { config: { segmentBytes: 1024 } });
    for (let n = 0; n < 20; n += 1) await store.append('a', 0, await batchOf(['x'.repeat(300)]));
    await store.close();
    const again = await folder.open({}, { fs: disk.fileSystem });
    const held = disk.hold('open', '00000000000000000000.log');
    const reading = again.read('a', 0, 0, 100);
    const looking = again.findByTime('a', 0, 0);
    await held.arrived;
    await again.deleteTopic('a');
    held.release();
    await expect(reading).rejects.toMatchObject({ code: 'TOPIC_NOT_FOUND' });
    await expect(looking).rejects.toMatchObject({ code: 'TOPIC_NOT_FOUND' });
    expect(folder.events.filter(({ event }) => event === 'damage-found')).toEqual([]);
  });

  it.each(['at once', 'after a restart'])(
    'leaves a new topic of the name at 0 with nothing of the old, %s',
    async (when) => {
      let store = await folder.open();
      await store.createTopic('a', { partitions: 2, config: { segmentBytes: 1024, retentionMs: 12345 } });
      const producer = { producerId: await store.allocateProducerId(), producerEpoch: 0, baseSequence: 0 };
      for (let n = 0; n < 20; n += 1)
        await store.append('a', 0, await batchOf([randomBytes(200)].map((value) => ({ value }))));
      await store.append('a', 1, await batchOf(['old'], { producer }));
      await store.truncatePrefix('a', 0, 15);
      await store.deleteTopic('a');
      if (when === 'after a restart') {
        await store.close();
        store = await folder.open();
      }
      const created = await store.createTopic('a', { partitions: 2 });
      expect(created.config.retentionMs).toBe(DEFAULT_TOPIC_CONFIG.retentionMs);
      const empty = { logStartOffset: 0, recoveryPoint: 0, highWatermark: 0, logEndOffset: 0, sizeBytes: 0 };
      for (const partition of created.partitions) expect(partition).toMatchObject({ ...empty, segments: 1 });
      const again = await store.append('a', 1, await batchOf(['new'], { producer }));
      expect(again).toEqual({ baseOffset: 0, duplicate: false });
      await store.close();
      store = await folder.open();
      expect(await readValues(store, 'a', 0)).toEqual([]);
      expect(await readValues(store, 'a', 1)).toEqual(['new']);
    },
  );

  it('outlasts a truncation that was asked for before it: the files of a new topic of the name stay', async () => {
    const disk = new WatchedFileSystem();
    let store = await folder.open({}, { fs: disk.fileSystem });
    await store.createTopic('busy', { config: { segmentBytes: 1024 } });
    await store.createTopic('a', { config: { segmentBytes: 1024 } });
    for (const topic of ['busy', 'a'])
      for (let n = 0; n < 10; n += 1) await store.append(topic, 0, await batchOf(['x'.repeat(600)]));
    const held = disk.hold('remove', 'busy-0/00000000000000000000.log');
    const first = store.truncatePrefix('busy', 0, 5);
    await held.arrived;
    const second = store.truncatePrefix('a', 0, 9).catch((error: unknown) => error);
    const recreated = store.deleteTopic('a').then(() => store.createTopic('a'));
    held.release();
    await recreated;
    await store.append('a', 0, await batchOf(['new']));
    await first;
    expect(await second).toMatchObject({ code: 'TOPIC_NOT_FOUND' });
    await store.close();
    store = await folder.open();
    expect(await readValues(store, 'a')).toEqual(['new']);
  });

  it('waits for a checkpoint of the topic, which writes nothing into a new one of the name', async () => {
    const disk = new WatchedFileSystem();
    let store = await folder.open({ checkpointBytes: 1 }, { fs: disk.fileSystem });
    await store.createTopic('a');
    const held = disk.hold('open', 'a-0/00000000000000000000.index');
    await store.append('a', 0, await batchOf(['x'.repeat((5 * 1024 ** 2) / 8)]));
    for (let n = 0; n < 8; n += 1)
      await store.append('a', 0, await batchOf(['x'.repeat((5 * 1024 ** 2) / 8)]));
    await held.arrived;
    const recreated = store.deleteTopic('a').then(() => store.createTopic('a'));
    held.release();
    await recreated;
    expect(readdirSync(join(folder.path, 'topics', 'a-0'))).toEqual(['00000000000000000000.log']);
    await store.append('a', 0, await batchOf(['new']));
    await store.close();
    store = await folder.open();
    expect(await readValues(store, 'a')).toEqual(['new']);
  });

  it('goes well while the recovery points are being written', async () => {
    const disk = new WatchedFileSystem();
    const store = await folder.open({ checkpointBytes: 1 }, { fs: disk.fileSystem });
    await store.createTopic('a');
    await store.createTopic('b');
    const held = disk.hold('rename', 'recovery-point-offset-checkpoint');
    for (let n = 0; n < 9; n += 1)
      await store.append('b', 0, await batchOf(['x'.repeat((5 * 1024 ** 2) / 8)]));
    await held.arrived;
    const deleted = store.deleteTopic('a');
    held.release();
    await deleted;
    await store.createTopic('a');
  });
});
