import { describe, expect, it } from 'vitest';
import { backOffMs, wait } from '../../sdk/connection/index.js';
import { ByteBudget } from '../../sdk/producer/byte-budget.js';
import { StickyPartition } from '../../sdk/producer/partitioner.js';
import type { RecordRun } from '../../sdk/reader/index.js';
import { ReadAhead } from '../../sdk/reader/read-ahead.js';
import { RunMerge } from '../../sdk/reader/run-merge.js';

describe('a budget of bytes', () => {
  it('lets those in who wait, in order, once half of it is free', async () => {
    const budget = new ByteBudget(100);
    await budget.roomy();
    budget.add(120);
    expect(budget.isFull).toBe(true);
    const entered: string[] = [];
    const a = budget.roomy().then(() => entered.push('a'));
    const b = budget.roomy().then(() => entered.push('b'));
    budget.release(60);
    await Promise.resolve();
    expect([budget.isFull, entered]).toEqual([false, []]);
    budget.release(10);
    await Promise.all([a, b]);
    expect(entered).toEqual(['a', 'b']);
  });
});

describe('back-off', () => {
  it('is random below a bound that doubles up to its cap', () => {
    const backOff = { initialMs: 10, maxMs: 100 };
    const most = (attempt: number) => backOffMs(backOff, attempt, 0.999999);
    expect([1, 2, 3, 4, 5, 1000].map(most)).toEqual([9, 19, 39, 79, 99, 99]);
    expect(backOffMs(backOff, 5, 0)).toBe(0);
  });

  it('waits no longer than its signal lets it', async () => {
    const stop = new AbortController();
    const waiting = wait(1_000_000, stop.signal);
    stop.abort(new Error('now'));
    await expect(waiting).rejects.toThrow('now');
    await expect(wait(1_000_000, stop.signal)).rejects.toThrow('now');
  });
});

describe('the partition of records without a key', () => {
  it('is one until it was given a batch, then the next, round all of them', () => {
    const sticky = new StickyPartition(3, 0.5);
    const given: number[] = [];
    for (let i = 0; i < 8; i++) {
      given.push(sticky.current(3));
      sticky.note(50, 100);
    }
    expect(given).toEqual([1, 1, 2, 2, 0, 0, 1, 1]);
  });
});

describe('reading ahead', () => {
  const sizeOf = (message: unknown): number => message as number;

  it('lets one message of each stream through, and more only while there is room', () => {
    const readAhead = new ReadAhead(100);
    const [a, b] = [readAhead.stream(sizeOf), readAhead.stream(sizeOf)];
    const through: string[] = [];
    readAhead.admit(a, 90, () => through.push('a1'));
    readAhead.admit(a, 20, () => through.push('a2'));
    readAhead.admit(b, 500, () => through.push('b1'));
    expect(through).toEqual(['a1', 'b1']);
    b.read(500);
    expect(through).toEqual(['a1', 'b1']);
    a.read(90);
    expect(through).toEqual(['a1', 'b1', 'a2']);
  });

  it('forgets what a stream that has ended held', () => {
    const readAhead = new ReadAhead(100);
    const [a, b] = [readAhead.stream(sizeOf), readAhead.stream(sizeOf)];
    const through: string[] = [];
    readAhead.admit(a, 80, () => through.push('a1'));
    readAhead.admit(a, 80, () => through.push('a2'));
    readAhead.admit(b, 10, () => through.push('b1'));
    readAhead.admit(b, 80, () => through.push('b2'));
    a.close();
    expect(through).toEqual(['a1', 'b1', 'b2']);
  });
});

describe('partitions read together', () => {
  const named = new Map<RecordRun, string>();
  async function* source(name: string, runs: number, end?: Error): AsyncGenerator<RecordRun, undefined> {
    for (let i = 0; i < runs; i++) {
      const run = { records: () => [] };
      named.set(run, name);
      yield run;
    }
    if (end) throw end;
  }

  it('take turns while each has something, and all of each comes', async () => {
    const merge = new RunMerge([source('much', 6), source('little', 2), source('nothing', 0)]);
    const order: (string | undefined)[] = [];
    for (let run = await merge.next(); run !== undefined; run = await merge.next())
      order.push(named.get(run));
    expect(order.slice(0, 4)).toEqual(['much', 'little', 'much', 'little']);
    expect(order.slice(4)).toEqual(['much', 'much', 'much', 'much']);
  });

  it('fail together as soon as one of them does', async () => {
    const merge = new RunMerge([source('much', 1000), source('broken', 1, new Error('broken'))]);
    const readAll = async (): Promise<void> => {
      while ((await merge.next()) !== undefined);
    };
    await expect(readAll()).rejects.toThrow('broken');
    await merge.close();
  });
});
