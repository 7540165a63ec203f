import { readFileSync } from 'node:fs';
import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { encodeError, respool } from '../../proto/index.js';
import {
  CODE_OF_STATUS,
  fromCallError,
  fromWireError,
  isRetried,
  RETRIED_AFTER,
  type Rpc,
} from '../../sdk/connection/index.js';
import { ERROR_CODES, RespoolError, type RespoolErrorCode } from '../../sdk/index.js';

const { ErrorCode } = respool.v1;
const brokerCodes = Object.keys(ErrorCode).filter(
  (name) => Number.isNaN(Number(name)) && name !== 'ERROR_CODE_UNSPECIFIED',
) as (keyof typeof ErrorCode)[];

function serviceError(code: status, details: string, trailer?: Buffer): ServiceError {
  const metadata = new Metadata();
  if (trailer) metadata.set('respool-error-bin', trailer);
  return Object.assign(new Error(details), { code, details, metadata });
}

describe('errors', () => {
  it.each(brokerCodes)('%s of the API is a code of its own, documented', (name) => {
    const error = fromWireError({ code: ErrorCode[name], message: 'm' });
    expect(error.code).toBe(name);
    expect(ERROR_CODES[name as RespoolErrorCode].when).not.toBe('');
    expect(error.advice).not.toBe('');
  });

  it('documents no code that nobody throws', () => {
    const source = [
      'respool.ts',
      'connection/error-mapping.ts',
      'connection/connection.ts',
      'producer/producer.ts',
      'producer/early-records.ts',
      'producer/produce-refusal.ts',
    ]
      .map((file) => readFileSync(new URL(`../../sdk/${file}`, import.meta.url), 'utf8'))
      .join('');
    const ours = Object.keys(ERROR_CODES).filter((code) => !(brokerCodes as string[]).includes(code));
    for (const code of ours) expect(source).toContain(`'${code}'`);
  });

  it('reads code, message and details from the trailer, numbers as numbers and names as names', () => {
    const trailer = encodeError({
      code: ErrorCode.OFFSET_OUT_OF_RANGE,
      message: 'offset 9 lies outside',
      details: { topic: '7', partition: '0', offset: '9', startOffset: '1', endOffset: '5' },
    });
    const error = fromCallError(serviceError(status.OUT_OF_RANGE, 'x', trailer));
    expect(error).toBeInstanceOf(RespoolError);
    expect(error).toMatchObject({
      code: 'OFFSET_OUT_OF_RANGE',
      message: 'offset 9 lies outside',
      details: { topic: '7', partition: 0, offset: 9, startOffset: 1, endOffset: 5 },
      retryable: false,
    });
    expect(error.cause).toMatchObject({ code: status.OUT_OF_RANGE });
  });

  it('falls back to the status when the trailer is none of ours', () => {
    const error = fromCallError(serviceError(status.UNAVAILABLE, 'gone', Buffer.from([0xff, 0xff, 0xff])));
    expect(error).toMatchObject({ code: 'UNAVAILABLE', message: 'gone', retryable: true });
  });

  it('gives a code that only a newer broker knows as UNKNOWN, with its message', () => {
    expect(fromWireError({ code: 9999 as respool.v1.ErrorCode, message: 'news' })).toMatchObject({
      code: 'UNKNOWN',
      message: 'news',
    });
  });

  it('has a code for every status', () => {
    for (const value of Object.values(status).filter((value) => typeof value === 'number')) {
      expect(Object.keys(ERROR_CODES)).toContain(CODE_OF_STATUS[value as status]);
    }
  });

  it('takes a stream that was reset by the other side for a lost connection', () => {
    const reset = serviceError(
      status.INTERNAL,
      'Received RST_STREAM with code 2 triggered by internal client error',
    );
    expect(fromCallError(reset).code).toBe('UNAVAILABLE');
    expect(fromCallError(serviceError(status.CANCELLED, 'Call cancelled')).code).toBe('UNAVAILABLE');
    expect(fromCallError(serviceError(status.INTERNAL, 'a fault')).code).toBe('INTERNAL');
  });

  it('takes a message that is over the limit for what it is', () => {
    const tooLarge = serviceError(status.RESOURCE_EXHAUSTED, 'Received message larger than max (9 vs 4)');
    expect(fromCallError(tooLarge).code).toBe('RECORD_TOO_LARGE');
  });
});

describe('what is tried again', () => {
  const rpcs = Object.keys(RETRIED_AFTER) as Rpc[];

  it.each(rpcs)('%s: never after an answer that would be the same', (rpc) => {
    for (const code of [
      'OFFSET_OUT_OF_RANGE',
      'CORRUPT_BATCH',
      'INVALID_ARGUMENT',
      'DEADLINE_EXCEEDED',
    ] as const) {
      expect(isRetried(rpc, code)).toBe(false);
    }
  });

  it.each(rpcs)('%s: only after errors that say that trying again may help', (rpc) => {
    for (const code of RETRIED_AFTER[rpc]) expect(ERROR_CODES[code].retryable).toBe(true);
  });

  it('leaves a change alone whose outcome is unknown and which may not be made twice', () => {
    for (const rpc of ['CreateTopic', 'DeleteTopic', 'Append'] as const) {
      expect(isRetried(rpc, 'UNAVAILABLE')).toBe(false);
    }
  });
});
