import { mkdir, open, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run, TestBroker } from './command.js';

const FIRST = `${'0'.repeat(20)}.log`;

describe('inspect and verify', () => {
  let broker: TestBroker;
  let folder: string;

  beforeAll(async () => {
    broker = await TestBroker.start();
    folder = join(broker.dataDir, 'topics', 'orders-0');
    await broker.client.admin.createTopic('orders', {
      config: { segmentBytes: 20_000, indexIntervalBytes: 1000 },
    });
    for (let number = 0; number < 60; number++) {
      const records = Array.from({ length: 5 }, (_, at) => ({
        key: `k${at}`,
        value: `value ${number} `.repeat(20),
      }));
      await broker.client.append({ topic: 'orders', records });
    }
    await broker.stop();
  });
  afterAll(() => rm(broker.dataDir, { recursive: true, force: true }));

  const lines = (stdout: Buffer) =>
    stdout
      .toString()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));

  test('a data directory that was closed is sound, to the last record', async () => {
    const { code, stdout } = await run(['verify', '--data-dir', broker.dataDir, '--json']);
    expect(code).toBe(0);
    const items = lines(stdout);
    expect(items.filter(({ item }) => item === 'finding')).toEqual([]);
    expect(items.at(-1)).toMatchObject({
      item: 'total',
      sound: true,
      records: 300,
      findings: { damage: 0, repairable: 0, note: 0 },
    });
    const human = await run(['verify', '--data-dir', broker.dataDir]);
    expect(human.stdout.toString()).toMatch(
      /^partition +orders-0, offsets 0\.\.300, 300 records, \d+ segments, .*\nsound: 300 records in /m,
    );
  });

  test('inspect takes a data directory, its topics, a partition, and every kind of file', async () => {
    for (const path of [broker.dataDir, join(broker.dataDir, 'topics'), folder]) {
      const { code, stdout } = await run(['inspect', path, '--json']);
      expect({ code, total: lines(stdout).at(-1) }, path).toMatchObject({
        code: 0,
        total: { sound: true, records: 300 },
      });
    }
    const names = (await readdir(folder)).filter((name) =>
      /\.(log|index|timeindex|seal|snapshot)$/.test(name),
    );
    expect(new Set(names.map((name) => name.split('.')[1]))).toEqual(
      new Set(['log', 'index', 'timeindex', 'seal', 'snapshot']),
    );
    const { code, stdout } = await run(['inspect', ...names.map((name) => join(folder, name)), '--json']);
    expect({ code, total: lines(stdout).at(-1) }).toMatchObject({ code: 0, total: { sound: true } });
    const kinds = new Set(lines(stdout).map(({ item }) => item));
    expect(kinds).toEqual(new Set(['batch', 'segment', 'file', 'index-entry', 'total']));
  });

  test('a log lists its batches, and with --records what is in them', async () => {
    const batches = lines((await run(['inspect', join(folder, FIRST), '--json'])).stdout).filter(
      ({ item }) => item === 'batch',
    );
    expect(batches[0]).toMatchObject({
      position: 0,
      baseOffset: 0,
      lastOffset: 4,
      recordsCount: 5,
      compression: 'none',
    });
    expect(batches[1]).toMatchObject({ position: batches[0].sizeBytes, baseOffset: 5 });
    const { stdout } = await run(['inspect', join(folder, FIRST), '--records', '--json']);
    const records = lines(stdout).filter(({ item }) => item === 'record');
    expect(records[0]).toMatchObject({ offset: 0, key: 'k0', value: 'value 0 '.repeat(20) });
    const human = (await run(['inspect', join(folder, FIRST), '--records'])).stdout.toString();
    expect(human).toMatch(
      /^ {2}batch {3}at byte 0, \d+ bytes, offsets 0\.\.5, 5 records, none, .*Z, crc [0-9a-f]{8}$/m,
    );
    expect(human).toMatch(/^ {2}record {2}offset 1, .*Z, key "k1", value "value 0 /m);
  });

  test('damage is shown with its file, bytes and offsets, and the exit code is 1', async () => {
    const second = (await readdir(folder)).filter((name) => name.endsWith('.log')).sort()[1]!;
    const path = join(folder, second);
    const [first, hurt] = lines((await run(['inspect', path, '--json'])).stdout).filter(
      ({ item }) => item === 'batch',
    );
    const file = await open(path, 'r+');
    const byte = Buffer.alloc(1);
    const at = first.sizeBytes + 100;
    await file.read(byte, 0, 1, at);
    await file.write(Buffer.from([byte[0]! ^ 1]), 0, 1, at);
    for (const args of [
      ['inspect', path],
      ['inspect', folder],
      ['verify', '--data-dir', broker.dataDir],
    ]) {
      const { code, stdout } = await run([...args, '--json']);
      expect(code, args.join(' ')).toBe(1);
      expect(lines(stdout).filter(({ item }) => item === 'finding')).toMatchObject([
        {
          severity: 'damage',
          file: expect.stringContaining(second),
          position: hurt.position,
          endPosition: hurt.position + hurt.sizeBytes,
          startOffset: hurt.baseOffset,
          endOffset: hurt.lastOffset + 1,
        },
      ]);
      expect(lines(stdout).at(-1)).toMatchObject({ sound: false, lostOffsets: 5 });
    }
    const human = (await run(['verify', '--data-dir', broker.dataDir])).stdout.toString();
    expect(human).toMatch(
      new RegExp(
        `^DAMAGE .*${second}, bytes \\d+\\.\\.\\d+, offsets ${hurt.baseOffset}\\.\\.${hurt.lastOffset + 1}: `,
        'm',
      ),
    );
    expect(human).toMatch(/^NOT SOUND: 1 place damaged, 5 offsets lost; looked at /m);
    await file.write(byte, 0, 1, at);
    await file.close();
  });

  test('broken files around the log are found: settings, checkpoints, format, producer ids', async () => {
    for (const [name, severity] of [
      ['topics/orders.json', 'damage'],
      ['recovery-point-offset-checkpoint', 'repairable'],
      ['log-start-offset-checkpoint', 'repairable'],
      ['format.json', 'repairable'],
    ] as const) {
      const path = join(broker.dataDir, name);
      const file = await open(path, 'a+').then(async (opened) => ({
        opened,
        content: await opened.readFile(),
      }));
      await writeFile(path, 'x');
      const { code, stdout } = await run(['verify', '--data-dir', broker.dataDir, '--json']);
      await writeFile(path, file.content);
      await file.opened.close();
      const findings = lines(stdout).filter((item) => item.item === 'finding');
      expect(findings, name).toMatchObject([{ severity, file: path }]);
      expect(code).toBe(1);
    }
  });

  test('verify changes nothing', async () => {
    const before = await readdir(broker.dataDir, { recursive: true });
    const times = await Promise.all(
      before.map(async (name) => (await stat(join(broker.dataDir, name))).mtimeMs),
    );
    await run(['verify', '--data-dir', broker.dataDir]);
    expect(await readdir(broker.dataDir, { recursive: true })).toEqual(before);
    const after = await Promise.all(
      before.map(async (name) => (await stat(join(broker.dataDir, name))).mtimeMs),
    );
    const changed = before.filter((_, at) => times[at] !== after[at]);
    expect(changed.filter((name) => name !== '.lock')).toEqual([]);
  });

  test('what is no log is 2, what is not there 4, and neither leaves a file behind', async () => {
    const empty = join(broker.dataDir, 'empty');
    await mkdir(empty);
    const none = await run(['verify', '--data-dir', empty]);
    expect({ code: none.code, left: await readdir(empty) }).toEqual({ code: 2, left: [] });
    await rm(empty, { recursive: true });
    expect((await run(['inspect', join(broker.dataDir, '.lock')])).code).toBe(2);
    for (const args of [
      ['verify', '--data-dir', '/does/not/exist'],
      ['inspect', '/does/not/exist'],
    ]) {
      const { code, stderr } = await run(args);
      expect({ code, stderr }).toEqual({
        code: 4,
        stderr: expect.stringMatching(/^respool: \/does\/not\/exist: no such [^\n]*\n$/),
      });
    }
  });
});
