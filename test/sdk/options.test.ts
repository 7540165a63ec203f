import { describe, expect, it } from 'vitest';
import { resolveConnectionOptions } from '../../sdk/connection/index.js';
import {
  type FetchOptions,
  type ProducerOptions,
  type RecordsOptions,
  Respool,
  type RespoolOptions,
} from '../../sdk/index.js';
import { DEFAULT_PRODUCER_OPTIONS, resolveProducerOptions } from '../../sdk/producer/index.js';
import { resolveFetchOptions, resolveRecordsOptions } from '../../sdk/reader/fetch-options.js';

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
