import { expect, test } from 'vitest';
import { LatencyRecorder } from '../../bench/harness/latency.js';
import { ownTimes } from '../../bench/harness/own-times.js';
import { parseUsage, usageOf } from '../../bench/harness/process-usage.js';
import { statisticsOf } from '../../bench/harness/sample-statistics.js';
import { ratePerSecond, takeSamples } from '../../bench/harness/sampling.js';

test('median and spread', () => {
  expect(statisticsOf([30, 10, 20])).toEqual({ samples: [30, 10, 20], median: 20, spread: 1 });
  expect(statisticsOf([10, 40, 20, 30]).median).toBe(25);
  expect(statisticsOf([0])).toMatchObject({ median: 0, spread: 0 });
  expect(() => statisticsOf([])).toThrow(RangeError);
});

test('a rate counts from the first start to the last end, so that a process that waited for the others does not flatter', () => {
  const works = [
    { startMs: 1000, endMs: 2000, records: 500 },
    { startMs: 1500, endMs: 3000, records: 1500 },
  ];
  expect(ratePerSecond(works, ({ records }) => records)).toBe(1000);
});

test('the warm-up is no sample', async () => {
  const asked: number[] = [];
  const samples = await takeSamples({ seconds: 4, runs: 3 }, async (seconds) => asked.push(seconds));
  expect(asked).toEqual([2, 4, 4, 4]);
  expect(samples).toEqual([2, 3, 4]);
});

test('latencies are exact to three digits', () => {
  const recorder = new LatencyRecorder();
  for (let ms = 1; ms <= 1000; ms++) recorder.record(ms);
  const { count, p50, p99, max } = recorder.summary();
  expect(count).toBe(1000);
  expect(p50).toBeCloseTo(500, -1);
  expect(p99).toBeCloseTo(990, -1);
  expect(max).toBeCloseTo(1000, -1);
  recorder.reset();
  expect(recorder.summary()).toEqual({ count: 0, p50: 0, p99: 0, max: 0 });
});

test('usage is read although the program has a strange name', () => {
  const stat = `42 (node ) (x) S 1 1 1 0 -1 4194304 100 0 0 0 250 50 0 0 20 0 11 0 100 1000 200`;
  const status = 'Name:\tnode\nVmHWM:\t    2048 kB\nVmRSS:\t    1024 kB\n';
  expect(parseUsage(stat, status)).toEqual({ cpuSeconds: 3, rssBytes: 2 ** 20, peakRssBytes: 2 ** 21 });
});

test('nothing is said of a process that is not there', () => {
  expect(usageOf(2 ** 30)).toBeUndefined();
});

test('own time is by function, over all of its callers, without idle time', () => {
  const frame = (functionName: string, url = '') => ({ functionName, url, lineNumber: 9 });
  const profile = {
    nodes: [
      { id: 1, callFrame: frame('(idle)') },
      { id: 2, callFrame: frame('encode', 'file:///a/b/c/codec.js') },
      { id: 3, callFrame: frame('encode', 'file:///a/b/c/codec.js') },
      { id: 4, callFrame: frame('', 'file:///x.js') },
    ],
    samples: [1, 2, 3, 4, 2],
    timeDeltas: [5000, 1000, 2000, 4000, 3000],
  };
  expect(ownTimes(profile)).toEqual({
    totalMs: 15,
    busyMs: 10,
    functions: [
      { name: 'encode', place: 'b/c/codec.js:10', ownMs: 6 },
      { name: '(anonymous)', place: '//x.js:10', ownMs: 4 },
    ],
  });
});
