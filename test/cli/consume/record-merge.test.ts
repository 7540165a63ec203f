import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mergeByTime } from '../../../cli/consume/record-merge.js';

interface Timed {
  timestampMs: number;
  source: number;
  number: number;
}

async function* from(
  times: readonly number[],
  source: number,
  onEnd: () => void = () => {},
): AsyncGenerator<Timed> {
  try {
    for (const [number, timestampMs] of times.entries()) yield { timestampMs, source, number };
  } finally {
    onEnd();
  }
}

async function all(merged: AsyncIterable<Timed>): Promise<Timed[]> {
  const records: Timed[] = [];
  for await (const record of merged) records.push(record);
  return records;
}

describe('merging partitions by time', () => {
  test('every record comes once, each source in its order, and sorted sources come out sorted', async () => {
    const times = fc.array(fc.nat(50), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(fc.array(times, { maxLength: 5 }), async (sources) => {
        const merged = await all(mergeByTime(sources.map((one, source) => from(one, source))));
        for (const [source, one] of sources.entries()) {
          expect(
            merged.filter((record) => record.source === source).map(({ timestampMs }) => timestampMs),
          ).toEqual(one);
        }
        const sorted = sources.map((one) => [...one].sort((a, b) => a - b));
        const ordered = await all(mergeByTime(sorted.map((one, source) => from(one, source))));
        const result = ordered.map(({ timestampMs }) => timestampMs);
        expect(result).toEqual([...result].sort((a, b) => a - b));
      }),
    );
  });

  test('records of the same time come in the order of their sources', async () => {
    const merged = await all(mergeByTime([from([1, 1], 0), from([1, 1], 1)]));
    expect(merged.map(({ source }) => source)).toEqual([0, 0, 1, 1]);
  });

  test('whoever leaves early ends all sources', async () => {
    let ended = 0;
    const sources = [0, 1, 2].map((source) => from([1, 2, 3], source, () => ended++));
    for await (const _ of mergeByTime(sources)) break;
    expect(ended).toBe(3);
  });
});
