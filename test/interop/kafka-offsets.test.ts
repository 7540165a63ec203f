import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { GroupChange } from '../../consumer-groups/group-store.js';
import { openGroupStore } from '../../consumer-groups/open-group-store.js';
import { openLogStore, systemClock } from '../../segment-store/index.js';
import { hasCommands, requireOrSkip } from '../fixtures/requirement.js';
import { kafkaClassPath } from './kafka-dump/dump-log-segments.js';

const SET_UP_MS = 300_000;

const canRun = requireOrSkip(
  "Kafka's own decoder of committed offsets",
  () => hasCommands('java', 'mvn'),
  'needs Java 17, Maven, and its repository',
);

const commit = (partition: number, offset: number, metadata: string): GroupChange => ({
  kind: 'offset',
  group: 'billing',
  topic: 'orders',
  partition,
  committed: { offset, leaderEpoch: 0, metadata, committedMs: 1_700_000_000_000 + partition },
});

const snapshot = {
  group: 'billing',
  name: 'friday',
  createdMs: 1,
  pinsRetention: true,
  offsets: [{ topic: 'orders', partition: 0, offset: 4711 }],
};

const WRITES: GroupChange[][] = [
  [commit(0, 4711, ''), commit(1, 2 ** 40, 'é "quoted"')],
  [{ kind: 'group', group: 'billing', state: { generation: 3, emptySinceMs: undefined } }],
  [{ kind: 'snapshot', group: 'billing', name: 'friday', snapshot }],
  [{ kind: 'offset', group: 'billing', topic: 'orders', partition: 0, committed: undefined }],
];

describe.runIf(canRun)("Kafka's own decoder of committed offsets", () => {
  let folder: string;
  let lines: string[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'respool-kafka-offsets-'));
    await write(join(folder, 'data'));
    lines = await dump(folder);
  }, SET_UP_MS);

  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('finds every batch sound', () => {
    const batches = lines.filter((line) => line.startsWith('baseOffset: '));
    expect(batches).toHaveLength(WRITES.length);
    for (const batch of batches) expect(batch).toMatch(/isvalid: true$/);
  });

  test('reads every commit, and every deletion of one', () => {
    const key = (partition: number) => ({
      type: '1',
      data: { group: 'billing', topic: 'orders', partition },
    });
    const value = (offset: number, metadata: string, commitTimestamp: number) => ({
      version: '3',
      data: { offset, leaderEpoch: 0, metadata, commitTimestamp },
    });
    expect(commits(lines)).toEqual([
      { key: key(0), payload: value(4711, '', 1_700_000_000_000) },
      { key: key(1), payload: value(2 ** 40, 'é "quoted"', 1_700_000_000_001) },
      { key: key(0), payload: undefined },
    ]);
  });

  test('passes over what is ours, and says so', () => {
    const passedOver = lines.flatMap(
      (line) => /key: Unknown record type (\d+) at offset/.exec(line)?.[1] ?? [],
    );
    expect(passedOver).toEqual(['1000', '1001', '1002']);
  });
});

async function write(dataDir: string): Promise<void> {
  await using store = await openLogStore({ dataDir, freeSpaceReserveBytes: 0 });
  const groups = await openGroupStore({
    store,
    options: { viewDir: join(dataDir, 'group-view'), viewFlushIntervalMs: 1000, viewTimeoutMs: 30_000 },
    clock: systemClock,
    emit: () => {},
    onFatal: (error) => {
      throw error;
    },
  });
  for (const changes of WRITES) await groups.write(changes);
  await groups.close();
}

/** What the tool prints for the journal, line by line. */
async function dump(folder: string): Promise<string[]> {
  const journal = join(folder, 'data/topics/__consumer_offsets-0');
  const logs = (await readdir(journal)).filter((name) => name.endsWith('.log'));
  const files = logs.map((name) => join(journal, name)).join(',');
  const tool = ['kafka.tools.DumpLogSegments', '--offsets-decoder', '--deep-iteration', '--files', files];
  // It prints in the character set of the machine otherwise.
  const java = ['-Dfile.encoding=UTF-8', '-Dstdout.encoding=UTF-8', '-cp', await kafkaClassPath(folder)];
  const { stdout } = await promisify(execFile)('java', [...java, ...tool]);
  return stdout.split('\n');
}

function commits(lines: readonly string[]): { key: unknown; payload: unknown }[] {
  return lines.flatMap((line) => {
    const found = /key: (\{.*\}) payload: (.*)$/.exec(line);
    if (found === null) return [];
    const [, key, payload] = found;
    return [{ key: JSON.parse(key!), payload: payload === '<DELETE>' ? undefined : JSON.parse(payload!) }];
  });
}
