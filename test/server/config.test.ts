import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_GROUP_OPTIONS } from '../../consumer-groups/index.js';
import { DEFAULT_LOG_STORE_OPTIONS } from '../../segment-store/index.js';
import { groupOptions } from '../../server/config/broker-config.js';
import {
  ConfigError,
  describeOptions,
  printConfig,
  resolveConfig,
  resolveConfigWithOrigins,
} from '../../server/index.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'respool-config-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function messageOf(resolve: () => unknown): string {
  try {
    resolve();
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('where a value comes from', () => {
  test('flags win over the environment, the environment over the file, the file over the default', () => {
    const config = file('order.yaml', 'syncIntervalMs: 3\nmaxTopics: 3\nmaxWaiters: 3\n');
    const resolved = resolveConfigWithOrigins({
      flags: { config, syncIntervalMs: '1' },
      env: { RESPOOL_SYNC_INTERVAL_MS: '2', RESPOOL_MAX_TOPICS: '2' },
    });
    expect(resolved.config).toMatchObject({
      syncIntervalMs: 1,
      maxTopics: 2,
      maxWaiters: 3,
      defaultPartitions: 1,
    });
    expect(resolved.origins).toMatchObject({
      syncIntervalMs: '--sync-interval-ms',
      maxTopics: 'RESPOOL_MAX_TOPICS',
      maxWaiters: `${config}: maxWaiters`,
      defaultPartitions: 'default',
    });
  });

  test('the environment may name the file, which may be JSON', () => {
    const RESPOOL_CONFIG = file('config.json', '{"listen": "127.0.0.1:1", "autoCreateTopics": true}');
    const config = resolveConfig({
      env: { RESPOOL_CONFIG, RESPOOL_SERVER: 'ignored', RESPOOL_PORT: 'tcp://x' },
    });
    expect(config).toMatchObject({ listen: '127.0.0.1:1', autoCreateTopics: true });
  });

  test('the defaults of the store are those of the store', () => {
    const { topicDefaults, ...rest } = DEFAULT_LOG_STORE_OPTIONS;
    const config = resolveConfig({});
    expect(config).toMatchObject(rest);
    expect(config.topicRetentionMs).toBe(topicDefaults.retentionMs);
    expect(Object.isFrozen(config)).toBe(true);
  });
});

test('groups get the options of groups, with the defaults of groups', () => {
  expect(groupOptions(resolveConfig({ options: { dataDir: '/d' } }))).toEqual({
    ...DEFAULT_GROUP_OPTIONS,
    viewDir: '/d/groups',
  });
});

describe('what text may say', () => {
  test.each([
    ['topicSegmentBytes', '64MiB', 64 * 1024 ** 2],
    ['topicSegmentBytes', '1 GiB', 1024 ** 3],
    ['topicSegmentBytes', '4096', 4096],
    ['topicRetentionMs', '7d', 7 * 86_400_000],
    ['topicRetentionMs', '1500', 1500],
    ['topicRetentionMs', 'none', undefined],
    ['topicMinCleanableDirtyRatio', '0.25', 0.25],
    ['autoCreateTopics', 'true', true],
    ['autoCreateTopics', true, true],
    ['http', 'off', 'off'],
    ['listen', '[::1]:0', '[::1]:0'],
    ['tlsCert', 'none', undefined],
  ] as const)('%s = %s', (name, text, value) => {
    expect(resolveConfig({ flags: { [name]: text } })[name]).toBe(value);
  });
});

describe('an error names the option, where it was set, its value and the bound', () => {
  test.each([
    ['--max-topics: it is "0"; it must be a whole number from 1 to 1000000', { flags: { maxTopics: '0' } }],
    ['--max-topics: it is "many"; it must be a whole number', { flags: { maxTopics: 'many' } }],
    ['RESPOOL_MAX_TOPICS: it is ""; it must be', { env: { RESPOOL_MAX_TOPICS: '' } }],
    [
      'RESPOOL_DURABILITY: it is "none"; it must be one of fsync | interval | os',
      { env: { RESPOOL_DURABILITY: 'none' } },
    ],
    [
      '--topic-segment-bytes: it is "12XB"; it must be a whole number of bytes',
      { flags: { topicSegmentBytes: '12XB' } },
    ],
    [
      '--topic-segment-bytes: it is "100"; it must be a whole number of bytes',
      { flags: { topicSegmentBytes: '100' } },
    ],
    ['--listen: it is "localhost"; it must be host:port', { flags: { listen: 'localhost' } }],
    ['--listen: it is "a:70000"; it must be host:port', { flags: { listen: 'a:70000' } }],
    ['option maxTopics: it is 1.5; it must be', { options: { maxTopics: 1.5 } }],
    ['option nope: there is no such option', { options: { nope: 1 } as object }],
    ['--tls-cert: it is "a.pem"; it needs tlsKey', { flags: { tlsCert: 'a.pem' } }],
    ['--tls-client-ca: it is "a.pem"; it needs tlsCert', { flags: { tlsClientCa: 'a.pem' } }],
    ['--http: it is "127.0.0.1:7654"; it must differ from listen', { flags: { http: '127.0.0.1:7654' } }],
    [
      '--topic-max-batch-bytes: it is "8MiB"; it must be at most 4193280, so that a batch fits in a gRPC message',
      { flags: { topicMaxBatchBytes: '8MiB' } },
    ],
    [
      '--group-session-timeout-ms: it is "2h"; it must be from groupMinSessionTimeoutMs (1000) to groupMaxSessionTimeoutMs (1800000)',
      { flags: { groupSessionTimeoutMs: '2h' } },
    ],
    [
      'default of groupSessionTimeoutMs: it is 30000; it must be from groupMinSessionTimeoutMs (1000) to groupMaxSessionTimeoutMs (10000)',
      { flags: { groupMaxSessionTimeoutMs: '10s' } },
    ],
    [
      '--group-min-session-timeout-ms: it is "1h"; it must be at most groupMaxSessionTimeoutMs (1800000)',
      { flags: { groupMinSessionTimeoutMs: '1h' } },
    ],
    ['/no/such/file: cannot be read', { flags: { config: '/no/such/file' } }],
  ])('%s', (message, sources) => {
    expect(messageOf(() => resolveConfig(sources))).toContain(message);
  });

  test('in the file as well', () => {
    const config = file('bad.yaml', 'maxTopics: -1\n');
    expect(messageOf(() => resolveConfig({ flags: { config } }))).toContain(
      `${config}: maxTopics: it is -1; it must be`,
    );
    const unknown = file('unknown.yaml', 'maxTopic: 1\n');
    expect(messageOf(() => resolveConfig({ flags: { config: unknown } }))).toContain(
      'maxTopic: there is no such option',
    );
    const list = file('list.yaml', '- 1\n');
    expect(messageOf(() => resolveConfig({ flags: { config: list } }))).toContain('must hold a mapping');
    const broken = file('broken.yaml', 'a: [1\n');
    expect(messageOf(() => resolveConfig({ flags: { config: broken } }))).toContain('cannot be read');
  });
});

describe('the options as data', () => {
  test('each has a flag, a variable, a default, and says what it means', () => {
    for (const option of describeOptions()) {
      expect(option.flag).toMatch(/^--[a-z0-9-]+$/);
      expect(option.env).toMatch(/^RESPOOL_[A-Z0-9_]+$/);
      expect(option.doc).toMatch(/\.$/);
      expect(option.expected).not.toBe('');
    }
    expect(describeOptions().find(({ name }) => name === 'http2WindowBytes')).toMatchObject({
      flag: '--http2-window-bytes',
      env: 'RESPOOL_HTTP2_WINDOW_BYTES',
      default: '1048576',
    });
  });

  test('every default is one that may be set', () => {
    for (const { name, default: value } of describeOptions().slice(1)) {
      expect(() => resolveConfig({ flags: { [name]: value } })).not.toThrow();
    }
  });

  test('a printed configuration is a configuration file with the same values', () => {
    const resolved = resolveConfigWithOrigins({ flags: { maxTopics: '17', topicRetentionMs: 'none' } });
    const text = printConfig(resolved);
    expect(text).toContain('maxTopics: 17 # --max-topics');
    expect(resolveConfig({ flags: { config: file('printed.yaml', text) } })).toEqual(resolved.config);
  });
});
