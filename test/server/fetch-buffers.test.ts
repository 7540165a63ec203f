import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { FetchBuffers } from '../../server/rpc/fetch-buffers.js';

const NEVER = new AbortController().signal;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function buffers(limitBytes: number) {
  const evicted: string[] = [];
  const all = new FetchBuffers({
    limitBytes,
    nowMs: () => Date.now(),
    onEvicted: () => evicted.push('counted'),
  });
  const open = (name: string) => {
    const buffer = all.open(() => {
      evicted.push(name);
      buffer.close();
    });
    return buffer;
  };
  return { all, open, evicted };
}

test('as long as there is room nobody waits and nobody gives way', async () => {
  const { all, open, evicted } = buffers(100);
  const stalled = open('stalled');
  await stalled.reserve(50, NEVER);
  stalled.add(50);
  await vi.advanceTimersByTimeAsync(60_000);
  const reader = open('reader');
  await reader.reserve(40, NEVER);
  expect(evicted).toEqual([]);
  expect(all.heldBytes).toBe(90);
});

test('without room the one that has not read for longest gives way, so that the others go on', async () => {
  const { all, open, evicted } = buffers(100);
  const first = open('first');
  first.add(60);
  await vi.advanceTimersByTimeAsync(500);
  const second = open('second');
  second.add(60);
  first.taken(10);
  const reader = open('reader');
  const reserved = reader.reserve(10, NEVER);
  await vi.advanceTimersByTimeAsync(900);
  expect(evicted).toEqual([]);
  await vi.advanceTimersByTimeAsync(2000);
  await reserved;
  // The first has read after the second began to wait.
  expect(evicted).toEqual(['counted', 'second']);
  expect(all.heldBytes).toBe(60);
});

test('when room comes by itself those who wait get it in the order of asking, one after the other', async () => {
  const { all, open, evicted } = buffers(100);
  const busy = open('busy');
  busy.add(100);
  const got: number[] = [];
  const waiting = [1, 2].map((n) =>
    open(`${n}`)
      .reserve(100, NEVER)
      .then(() => got.push(n)),
  );
  busy.taken(100);
  await vi.advanceTimersByTimeAsync(0);
  expect(got).toEqual([1]);
  expect(all.heldBytes).toBe(100);
  expect(evicted).toEqual([]);
  void waiting;
});

test('a stream that is over gives back what it held and what it had reserved', async () => {
  const { all, open } = buffers(100);
  const buffer = open('a');
  await buffer.reserve(10, NEVER);
  buffer.add(10);
  await buffer.reserve(20, NEVER);
  expect(all.heldBytes).toBe(30);
  buffer.close();
  expect(all.heldBytes).toBe(0);
});

test('waiting ends with the signal, and leaves nothing behind', async () => {
  const { all, open } = buffers(10);
  open('busy').add(10);
  const abort = new AbortController();
  const waiting = open('a').reserve(5, abort.signal);
  const outcome = expect(waiting).rejects.toThrow('gone');
  abort.abort(new Error('gone'));
  await outcome;
  expect(all.heldBytes).toBe(10);
});
