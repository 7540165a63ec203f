import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { murmur2, partitionForKey } from '../../../proto/record-batch/index.js';

const kafkajsMurmur2 = createRequire(import.meta.url)(
  'kafkajs/src/producer/partitioners/default/murmur2.js',
) as (key: Buffer) => number;

describe('partitionForKey', () => {
  it.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
    ['', 275646681],
  ])("hashes %j to the value of Kafka's own test", (key, hash) => {
    expect(murmur2(Buffer.from(key))).toBe(hash);
  });

  it('hashes any key as kafkajs does', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (key) => {
        expect(murmur2(key)).toBe(kafkajsMurmur2(Buffer.from(key)));
      }),
      { numRuns: 300 },
    );
  });

  it('takes the lower 31 bits modulo the number of partitions', () => {
    expect(partitionForKey(Buffer.from('foobar'), 10)).toBe(6);
    expect(partitionForKey(Buffer.from('foobar'), 1)).toBe(0);
  });

  it.each([0, -1, 1.5, Number.NaN])('refuses %d partitions', (partitions) => {
    expect(() => partitionForKey(Buffer.from('k'), partitions)).toThrow(
      `partitions is ${partitions}; it must be a whole number of 1 or more`,
    );
  });
});
