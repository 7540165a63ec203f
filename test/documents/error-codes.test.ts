import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { status } from '@grpc/grpc-js';
import { describe, expect, test } from 'vitest';
import { GroupError, type GroupErrorCode } from '../../consumer-groups/index.js';
import { ERROR_CODES } from '../../sdk/connection/error.js';
import { StoreError, type StoreErrorCode } from '../../segment-store/index.js';
import { callError } from '../../server/rpc/error-status.js';
import { declaredGroupCodes, declaredStoreCodes } from './declared-error-source.js';
import { documentedCodes } from './proto-error-source.js';

/** Thrown while a store is opened, before there is anybody to answer. */
const ONLY_WHEN_OPENING = ['DATA_DIRECTORY_LOCKED', 'UNSUPPORTED_FORMAT'];
/** What is no error of a layer below. */
const ONLY_AT_THE_EDGE = ['INTERNAL'];

const api = documentedCodes();
const store = declaredStoreCodes();
const groups = declaredGroupCodes();
const declared = [...store, ...groups];
const names = (codes: readonly { code: string }[]): string[] => codes.map(({ code }) => code).sort();

describe('error codes', () => {
  test('every code of the log and of the groups is one of the API', () => {
    const answered = declared.filter(({ code }) => !ONLY_WHEN_OPENING.includes(code));
    expect(names(api)).toEqual(expect.arrayContaining(names(answered)));
    expect(names(store)).toEqual(expect.arrayContaining(ONLY_WHEN_OPENING));
  });

  test('every code of the API is one of the log or of the groups, and of one of them only', () => {
    const below = names(declared).filter((code) => !ONLY_WHEN_OPENING.includes(code));
    expect([...below, ...ONLY_AT_THE_EDGE].sort()).toEqual(names(api));
  });

  test('every code of the API is known to the SDK', () => {
    expect(Object.keys(ERROR_CODES)).toEqual(expect.arrayContaining(names(api)));
  });

  test.each(api)(
    '$code has the status and the details that its comment says',
    ({ code, status: documented, details }) => {
      const known = declared.find((candidate) => candidate.code === code);
      const answered = callError(errorOf(code, known?.details ?? []));
      expect(status[answered.code ?? status.OK]).toBe(documented);
      expect(known?.details ?? []).toEqual(details);
    },
  );

  test('docs/errors.md has a section for every code, and for no other', () => {
    const page = readFileSync(fileURLToPath(new URL('../../docs/errors.md', import.meta.url)), 'utf8');
    const sections = [...page.matchAll(/^### (\w+)$/gm)].map((match) => match[1]!);
    expect(sections.sort()).toEqual(Object.keys(ERROR_CODES).sort());
  });
});

/** As the layer throws it whose code it is. */
function errorOf(code: string, details: readonly string[]): Error {
  const facts = Object.fromEntries(details.map((name) => [name, 1])) as never;
  if (names(store).includes(code)) return new StoreError(code as StoreErrorCode, 'message', facts);
  if (names(groups).includes(code)) return new GroupError(code as GroupErrorCode, 'message', facts);
  return new Error('a fault');
}

test('the sources of codes are read whole', () => {
  expect(store.length).toBeGreaterThan(15);
  expect(groups.length).toBeGreaterThan(8);
  expect(groups.find(({ code }) => code === 'STALE_GENERATION')?.details).toEqual([
    'group',
    'topic',
    'partition',
    'generation',
    'currentGeneration',
  ]);
  expect(api.every(({ meaning, status: documented }) => meaning !== '' && documented !== '')).toBe(true);
  expect(store.find(({ code }) => code === 'OFFSET_OUT_OF_RANGE')?.details).toEqual([
    'topic',
    'partition',
    'offset',
    'startOffset',
    'endOffset',
  ]);
});
