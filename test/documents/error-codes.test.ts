import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { status } from '@grpc/grpc-js';
import { describe, expect, test } from 'vitest';
import { ERROR_CODES } from '../../sdk/connection/error.js';
import { StoreError, type StoreErrorCode } from '../../segment-store/index.js';
import { callError } from '../../server/rpc/error-status.js';
import { documentedCodes } from './proto-error-source.js';
import { declaredStoreCodes } from './store-error-source.js';

/** Thrown while a store is opened, before there is anybody to answer. */
const ONLY_WHEN_OPENING = ['DATA_DIRECTORY_LOCKED', 'UNSUPPORTED_FORMAT'];
/** What is no fault of the log's. */
const ONLY_AT_THE_EDGE = ['INTERNAL'];

const api = documentedCodes();
const store = declaredStoreCodes();
const names = (codes: readonly { code: string }[]): string[] => codes.map(({ code }) => code).sort();

describe('error codes', () => {
  test('every code of the log is one of the API', () => {
    const answered = store.filter(({ code }) => !ONLY_WHEN_OPENING.includes(code));
    expect(names(api)).toEqual(expect.arrayContaining(names(answered)));
    expect(names(store)).toEqual(expect.arrayContaining(ONLY_WHEN_OPENING));
  });

  test('every code of the API is one of the log', () => {
    expect(names(store)).toEqual(
      expect.arrayContaining(names(api).filter((code) => !ONLY_AT_THE_EDGE.includes(code))),
    );
    expect(names(api)).toEqual(expect.arrayContaining(ONLY_AT_THE_EDGE));
  });

  test('every code of the API is known to the SDK', () => {
    expect(Object.keys(ERROR_CODES)).toEqual(expect.arrayContaining(names(api)));
  });

  test.each(api)(
    '$code has the status and the details that its comment says',
    ({ code, status: documented, details }) => {
      const declared = store.find((candidate) => candidate.code === code);
      const facts = Object.fromEntries((declared?.details ?? []).map((name) => [name, 1]));
      const answered = callError(
        declared === undefined
          ? new Error('a fault')
          : new StoreError(code as StoreErrorCode, 'message', facts as never),
      );
      expect(status[answered.code ?? status.OK]).toBe(documented);
      expect(declared?.details ?? []).toEqual(details);
    },
  );

  test('docs/errors.md has a section for every code, and for no other', () => {
    const page = readFileSync(fileURLToPath(new URL('../../docs/errors.md', import.meta.url)), 'utf8');
    const sections = [...page.matchAll(/^### (\w+)$/gm)].map((match) => match[1]!);
    expect(sections.sort()).toEqual(Object.keys(ERROR_CODES).sort());
  });
});

test('the sources of codes are read whole', () => {
  expect(store.length).toBeGreaterThan(15);
  expect(api.every(({ meaning, status: documented }) => meaning !== '' && documented !== '')).toBe(true);
  expect(store.find(({ code }) => code === 'OFFSET_OUT_OF_RANGE')?.details).toEqual([
    'topic',
    'partition',
    'offset',
    'startOffset',
    'endOffset',
  ]);
});
