import { execFile, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Broker, formatAddress } from '../../server/index.js';
import { hasCommands, requireOrSkip } from '../fixtures/requirement.js';

const run = promisify(execFile);
const PROTO_FOLDER = fileURLToPath(new URL('../../proto', import.meta.url));
const CLIENT = fileURLToPath(new URL('python/client.py', import.meta.url));
const SET_UP_MS = 180_000;

const canRun = requireOrSkip(
  'a client generated for Python',
  () => hasCommands('python3') && spawnSync('python3', ['-c', 'import ensurepip, venv']).status === 0,
  'needs python3 with venv, and a package index',
);

describe.runIf(canRun)('a client generated for Python by grpcio-tools', () => {
  let folder: string;
  let broker: Broker;
  let seen: Record<string, unknown>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'respool-python-'));
    broker = await Broker.start({
      dataDir: join(folder, 'data'),
      listen: '127.0.0.1:0',
      http: 'off',
      logLevel: 'silent',
    });
    const python = await generateClient(folder);
    const { stdout } = await run(python, [CLIENT, formatAddress(broker.address)], {
      env: { ...process.env, PYTHONPATH: join(folder, 'generated') },
    });
    seen = JSON.parse(stdout) as Record<string, unknown>;
  }, SET_UP_MS);

  afterAll(async () => {
    await broker?.close();
    await rm(folder, { recursive: true, force: true });
  });

  test('creates a topic', () => {
    expect(seen['created']).toEqual({
      topic: 'from-python',
      partitions: 2,
      overrides: ['retention_ms', 'segment_bytes'],
    });
  });

  test('appends records and learns where they are', () => {
    expect(seen['appended']).toEqual([
      [1, 0, 1_700_000_000_000],
      [1, 1, 1_700_000_000_005],
      [1, 2, 1_700_000_000_010],
    ]);
  });

  test('fetches them as they were: bytes, null and empty, headers in order', () => {
    expect(seen['fetched']).toEqual([
      {
        offset: 0,
        timestamp_ms: 1_700_000_000_000,
        key: Buffer.from('first').toString('hex'),
        value: '00ff206279746573',
        headers: [
          ['trace', Buffer.from('abc').toString('hex')],
          ['trace', ''],
          ['null', null],
        ],
      },
      {
        offset: 1,
        timestamp_ms: 1_700_000_000_005,
        key: Buffer.from('second').toString('hex'),
        value: null,
        headers: [],
      },
      { offset: 2, timestamp_ms: 1_700_000_000_010, key: null, value: '', headers: [] },
    ]);
  });

  test('fetches only what matches a filter', () => {
    expect(seen['filtered']).toEqual([expect.objectContaining({ offset: 1 })]);
  });

  test('finds an offset by time', () => {
    expect(seen['from_time']).toEqual([1, 1_700_000_000_005]);
  });

  test('reads why a call failed from the trailer', () => {
    expect(seen['unexpected_offset']).toEqual({
      status: 'ABORTED',
      code: 'UNEXPECTED_OFFSET',
      details: { topic: 'from-python', partition: '1', expectedOffset: '99', endOffset: '3' },
      message_matches: true,
    });
    expect(seen['unknown_topic']).toEqual({
      status: 'NOT_FOUND',
      code: 'TOPIC_NOT_FOUND',
      details: { topic: 'nowhere' },
      message_matches: true,
    });
    expect(seen['same_topic_again']).toEqual({
      status: 'ALREADY_EXISTS',
      code: 'TOPIC_EXISTS',
      details: { topic: 'from-python' },
      message_matches: true,
    });
  });
});

/** Installs grpcio-tools into an environment of its own, generates the client, and returns that environment's python. */
async function generateClient(folder: string): Promise<string> {
  await run('python3', ['-m', 'venv', join(folder, 'venv')]);
  const python = join(folder, 'venv/bin/python');
  await run(python, ['-m', 'pip', 'install', '--quiet', 'grpcio-tools']);
  const generated = join(folder, 'generated');
  await mkdir(generated);
  const files = ['log', 'admin', 'error'].map((name) => `respool/v1/${name}.proto`);
  await run(python, [
    ...['-m', 'grpc_tools.protoc', '-I', PROTO_FOLDER],
    ...[`--python_out=${generated}`, `--grpc_python_out=${generated}`, ...files],
  ]);
  return python;
}
