import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TestBroker } from './command.js';

const ROOT = new URL('../../', import.meta.url);

describe('what goes in through produce comes out through consume, byte for byte', () => {
  let broker: TestBroker;
  let topics = 0;
  beforeAll(async () => {
    broker = await TestBroker.start();
  });
  afterAll(() => broker[Symbol.asyncDispose]());

  const there = async (input: Buffer, flags: readonly string[] = []) => {
    const topic = `t${topics++}`;
    await broker.client.admin.createTopic(topic);
    await broker.ok(['produce', topic, ...flags], input);
    return topic;
  };
  const back = async (topic: string) => (await broker.run(['consume', topic])).stdout;

  test.each<[string, Buffer]>([
    ['nothing', Buffer.alloc(0)],
    ['one line feed', Buffer.from('\n')],
    ['only empty lines', Buffer.from('\n\n\n\n')],
    ['no line feed at the end', Buffer.from('a\nb')],
    ['a last line of one byte', Buffer.from('\nb')],
    ['carriage returns', Buffer.from('a\r\nb\r\n\r\r\nc\r')],
    ['bytes that are no text', Buffer.from([0, 255, 10, 254, 0, 0, 10, 128, 13, 10, 239, 187, 191])],
    ['random bytes', randomBytes(300_000)],
    [
      'a very long line',
      Buffer.concat([Buffer.alloc(1_000_000, 'x'), Buffer.from('\nshort\n'), Buffer.alloc(900_000, 'y')]),
    ],
    ['many short lines', Buffer.from('ab\n'.repeat(200_000))],
  ])('%s', async (_name, input) => {
    expect((await back(await there(input))).equals(input)).toBe(true);
  });

  test('a real file, from its name, with every compression', async () => {
    const file = await readFile(new URL('package-lock.json', ROOT));
    const path = join(broker.dataDir, '..', `${Math.random()}.input`);
    await writeFile(path, file);
    for (const compression of ['none', 'gzip', 'snappy', 'lz4', 'zstd']) {
      const topic = `real-${compression}`;
      await broker.client.admin.createTopic(topic);
      await broker.ok(['produce', topic, path, '--compression', compression]);
      expect((await back(topic)).equals(file), compression).toBe(true);
    }
  });

  test('two inputs, the first without a line feed at its end, come back as one behind the other', async () => {
    const topic = await there(Buffer.from('a\nb'));
    await broker.ok(['produce', topic], 'c\nd');
    expect((await back(topic)).toString()).toBe('a\nbc\nd');
  });

  test('records of consume --format json can be produced again, keys, headers, times and all', async () => {
    const topic = await there(Buffer.concat([Buffer.from([0xff, 0x3a]), Buffer.from('v1\nk:v2')]), [
      '--key-separator',
      ':',
      '--header',
      'a=1',
    ]);
    const first = await broker.ok(['consume', topic, '--format', 'json']);
    await broker.client.admin.createTopic(`${topic}-again`);
    await broker.ok(['produce', `${topic}-again`, '--format', 'records'], first);
    const again = await broker.ok(['consume', `${topic}-again`, '--format', 'json']);
    expect(again.replaceAll(`${topic}-again`, topic)).toBe(first);
  });
});
