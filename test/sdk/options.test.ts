import { describe, expect, it } from 'vitest';
import { resolveConnectionOptions } from '../../sdk/connection/index.js';
import {
  DEFAULT_CONSUMER_OPTIONS,
  resolveConsumerOptions,
} from '../../sdk/consumer/resolved-consumer-options.js';
import {
  type ConsumerOptions,
  type FetchOptions,
  type ProducerOptions,
  type RecordsOptions,
  type ReplayOptions,
  Respool,
  type RespoolOptions,
} from '../../sdk/index.js';
import { DEFAULT_PRODUCER_OPTIONS, resolveProducerOptions } from '../../sdk/producer/index.js';
import { resolveFetchOptions, resolveRecordsOptions } from '../../sdk/reader/fetch-options.js';
import { resolveReplayOptions } from '../../sdk/replay/index.js';

const invalid = (field: string, message: RegExp) =>
  expect.objectContaining({
    code: 'INVALID_ARGUMENT',
    details: { field },
    message: expect.stringMatching(message),
  });

describe('options of a client', () => {
  it.each<[RespoolOptions, string, RegExp]>([
    [{ server: 'nonsense:' }, 'server', /must be host:port/],
    [{ server: 'localhost:99999' }, 'server', /1 to 65535/],
    [{ server: '' }, 'server', /not empty/],
    [{ requestTimeoutMs: 0 }, 'requestTimeoutMs', /is 0; .* from 1 to 2147483647/],
    [{ retryInitialMs: 1.5 }, 'retryInitialMs', /whole number/],
    [{ retryMaxMs: -1 }, 'retryMaxMs', /from 1 to 600000/],
    [{ keepaliveMs: 99 }, 'keepaliveMs', /from 100/],
    [{ keepaliveTimeoutMs: Number.NaN }, 'keepaliveTimeoutMs', /is NaN/],
    [{ maxReceiveBytes: 1 }, 'maxReceiveBytes', /from 65536/],
    [{ flowControlWindowBytes: 1 }, 'flowControlWindowBytes', /from 65536/],
    [{ tls: { cert: '-----BEGIN X' } }, 'tls.key', /together/],
    [{ tls: { ca: 'ca.pem' } }, 'tls.ca', /PEM/],
    [{ lingerMs: 1 } as RespoolOptions, 'lingerMs', /there is no option lingerMs/],
  ])('%j is refused, naming the option and its bound', (options, field, message) => {
    expect(() => new Respool(options)).toThrow(invalid(field, message));
  });

  it('has a default for everything and takes an address alone', () => {
    expect(resolveConnectionOptions({}).server).toBe('localhost:7654');
    expect(resolveConnectionOptions({ server: 'host' }).server).toBe('host:7654');
    expect(resolveConnectionOptions({ server: '[::1]:1' }).server).toBe('[::1]:1');
    expect(new Respool('127.0.0.1:9').server).toBe('127.0.0.1:9');
  });
});

describe('options of a producer', () => {
  it.each<[ProducerOptions, string, RegExp]>([
    [{ batchBytes: 1 }, 'batchBytes', /from 1024/],
    [{ lingerMs: -1 }, 'lingerMs', /from 0 to 60000/],
    [{ maxInFlightBatches: 17 }, 'maxInFlightBatches', /from 1 to 16 with idempotent/],
    [{ maxInFlightBatches: 0 }, 'maxInFlightBatches', /from 1/],
    [{ compression: 'brotli' as 'gzip' }, 'compression', /one of none \| gzip/],
    [{ idempotent: 1 as unknown as boolean }, 'idempotent', /true or false/],
    [{ deliveryTimeoutMs: 0 }, 'deliveryTimeoutMs', /from 1/],
    [{ maxBufferedBytes: 10 }, 'maxBufferedBytes', /from 65536/],
    [{ maxWaitingSends: -1 }, 'maxWaitingSends', /from 0/],
    [{ metadataMaxAgeMs: 1 }, 'metadataMaxAgeMs', /from 100/],
  ])('%j is refused, naming the option and its bound', (options, field, message) => {
    expect(() => resolveProducerOptions(options)).toThrow(invalid(field, message));
  });

  it('takes undefined for absent, and is frozen', () => {
    const resolved = resolveProducerOptions({
      lingerMs: undefined,
      idempotent: false,
      maxInFlightBatches: 1000,
    });
    expect(resolved).toEqual({ ...DEFAULT_PRODUCER_OPTIONS, idempotent: false, maxInFlightBatches: 1000 });
    expect(Object.isFrozen(resolved)).toBe(true);
  });
});

describe('options of reading', () => {
  it.each<[Partial<FetchOptions>, string, RegExp]>([
    [{ topic: '' }, 'topic', /not empty/],
    [{ partition: -1 }, 'partition', /from 0/],
    [{ from: 'first' as 'earliest' }, 'from', /'earliest', 'latest'/],
    [{ from: -1 }, 'from', /0 or more/],
    [{ until: { timestampMs: 0.5 } }, 'until.timestampMs', /whole number/],
    [{ from: new Date(Number.NaN) }, 'from', /is NaN/],
    [{ onDataLoss: 'ignore' as 'skip' }, 'onDataLoss', /fail \| skip/],
    [{ maxBytes: 1 }, 'maxBytes', /from 1024/],
    [{ readAheadBytes: -1 }, 'readAheadBytes', /from 0/],
    [{ reconnectTimeoutMs: -1 }, 'reconnectTimeoutMs', /from 0/],
    [{ maxUncompressedBytes: 1 }, 'maxUncompressedBytes', /from 1024/],
    [{ maxRecords: 1 } as Partial<FetchOptions>, 'maxRecords', /there is no option/],
  ])('%j is refused, naming the option and its bound', (options, field, message) => {
    expect(() => resolveFetchOptions({ topic: 't', partition: 0, ...options })).toThrow(
      invalid(field, message),
    );
  });

  it.each<[Partial<RecordsOptions>, string, RegExp]>([
    [{ partitions: [] }, 'partitions', /at least one/],
    [{ partitions: [0, 0] }, 'partitions', /twice/],
    [{ partitions: [1.5] }, 'partitions[0]', /whole number/],
    [{ maxRecords: 0 }, 'maxRecords', /from 1/],
  ])('%j is refused for records', (options, field, message) => {
    expect(() => resolveRecordsOptions({ topic: 't', ...options })).toThrow(invalid(field, message));
  });
});

describe('options of a consumer', () => {
  it.each<[Partial<ConsumerOptions>, string, RegExp]>([
    [{ group: '' }, 'group', /not empty/],
    [{ topics: [] }, 'topics', /at least one name or pattern/],
    [{ topics: [''] }, 'topics[0]', /not empty/],
    [{ commit: 'auto' as 'after' }, 'commit', /after \| before \| manual/],
    [{ commitIntervalMs: 0 }, 'commitIntervalMs', /from 1 to 600000/],
    [{ offsetReset: 'first' as 'earliest' }, 'offsetReset', /earliest \| latest \| none/],
    [{ assignor: 'uniform' as 'sticky' }, 'assignor', /sticky \| range \| roundrobin/],
    [{ instanceId: '' }, 'instanceId', /not empty/],
    [{ clientId: 'x'.repeat(201) }, 'clientId', /no longer than 200/],
    [{ sessionTimeoutMs: 0 }, 'sessionTimeoutMs', /from 1/],
    [{ revocationTimeoutMs: 1.5 }, 'revocationTimeoutMs', /whole number/],
    [{ maxProcessingMs: 999 }, 'maxProcessingMs', /from 1000/],
    [{ maxBufferedBytes: 65_535 }, 'maxBufferedBytes', /from 65536 to 1073741824/],
    [{ awaitTopics: 'yes' as unknown as boolean }, 'awaitTopics', /true or false/],
    [{ onDataLoss: 'ignore' as 'skip' }, 'onDataLoss', /fail \| skip/],
    [{ reconnectTimeoutMs: -1 }, 'reconnectTimeoutMs', /from 0/],
    [{ onLost: 'log' as unknown as () => void }, 'onLost', /a function/],
    [{ groupId: 'g' } as Partial<ConsumerOptions>, 'groupId', /there is no option groupId/],
  ])('%j is refused, naming the option and its bound', (options, field, message) => {
    expect(() => resolveConsumerOptions({ group: 'g', topics: ['t'], ...options })).toThrow(
      invalid(field, message),
    );
  });

  it('have defaults, and are frozen', () => {
    const resolved = resolveConsumerOptions({ group: 'g', topics: ['t.*'], reconnectTimeoutMs: undefined });
    expect(resolved).toMatchObject(DEFAULT_CONSUMER_OPTIONS);
    expect(resolved.clientId).toMatch(new RegExp(`-${process.pid}$`));
    expect(Object.isFrozen(resolved)).toBe(true);
  });
});

describe('options of a replay', () => {
  it.each<[Partial<ReplayOptions>, string, RegExp]>([
    [{ topic: '' }, 'topic', /not empty/],
    [{ to: '' }, 'to', /not empty/],
    [{ to: 't' }, 'until', /onto itself must say where to end/],
    [{ to: 't', until: 5, name: 'n' }, 'name', /cannot be kept/],
    [{ partitions: [] }, 'partitions', /at least one/],
    [{ partitions: [1, 1] }, 'partitions', /twice/],
    [{ from: -1 }, 'from', /0 or more/],
    [{ until: 'end' as 'latest' }, 'until', /'earliest', 'latest'/],
    [{ pace: 'slow' as 'flat-out' }, 'pace', /flat-out/],
    [{ pace: { speed: 0 } }, 'pace.speed', /above 0/],
    [{ pace: { recordsPerSecond: Number.POSITIVE_INFINITY } }, 'pace.recordsPerSecond', /above 0/],
    [{ pace: {} as { speed: number } }, 'pace', /\{ speed \}/],
    [{ name: '' }, 'name', /not empty/],
    [{ compression: 'brotli' as 'gzip' }, 'compression', /none \| gzip/],
    [{ progressIntervalMs: 1 }, 'progressIntervalMs', /from 10/],
    [{ follow: true } as Partial<ReplayOptions>, 'follow', /there is no option follow/],
  ])('%j is refused, naming the option and its bound', (options, field, message) => {
    expect(() => resolveReplayOptions({ topic: 't', to: 'u', ...options })).toThrow(invalid(field, message));
  });
});
