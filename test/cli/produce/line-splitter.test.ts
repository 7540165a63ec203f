import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Line, LineSplitter } from '../../../cli/produce/line-splitter.js';

/** Cuts `input` at the given places, and what comes out of the splitter put together again. */
function splitAndJoin(input: Buffer, cuts: number[]): { lines: Line[]; joined: Buffer } {
  const splitter = new LineSplitter(1024 ** 2);
  const places = [0, ...[...cuts].sort((a, b) => a - b).filter((at) => at <= input.length), input.length];
  const chunks = places.slice(1).map((end, number) => input.subarray(places[number], end));
  const lines = [...chunks.flatMap((chunk) => [...splitter.push(chunk)]), ...splitter.end()];
  const parts = lines.flatMap(({ bytes, terminated }) => (terminated ? [bytes, Buffer.from('\n')] : [bytes]));
  return { lines, joined: Buffer.concat(parts) };
}

describe('splitting an input into lines', () => {
  test('loses and invents nothing, whatever the bytes and however they arrive', () => {
    const byte = fc.oneof(fc.constantFrom(10, 13, 0, 255), fc.integer({ min: 0, max: 255 }));
    const bytes = fc.array(byte, { maxLength: 200 }).map((values) => Buffer.from(values));
    fc.assert(
      fc.property(bytes, fc.array(fc.nat(200), { maxLength: 5 }), (input, cuts) => {
        const { lines, joined } = splitAndJoin(input, cuts);
        expect(joined).toEqual(input);
        expect(lines.map(({ number }) => number)).toEqual(lines.map((_, at) => at + 1));
        expect(lines.every(({ bytes: line }) => !line.includes(10))).toBe(true);
        expect(lines.slice(0, -1).every(({ terminated }) => terminated)).toBe(true);
      }),
    );
  });

  test('an empty input has no line, a single line feed one empty line', () => {
    expect(splitAndJoin(Buffer.alloc(0), []).lines).toEqual([]);
    expect(splitAndJoin(Buffer.from('\n'), []).lines).toEqual([
      { bytes: Buffer.alloc(0), number: 1, terminated: true },
    ]);
  });

  test('a line over the limit is refused before it has all come, naming its number', () => {
    const splitter = new LineSplitter(100);
    expect([...splitter.push(Buffer.from(`short\n${'x'.repeat(60)}`))]).toHaveLength(1);
    expect(() => [...splitter.push(Buffer.alloc(60, 'x'))]).toThrow(
      /line 2 has 120 bytes or more.*at most 100 bytes/,
    );
  });
});
