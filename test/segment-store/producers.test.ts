/** Idempotent producers: the rules, what is remembered, and what a restart keeps of it. */
import { randomInt } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { REMEMBERED_BATCHES } from '../../proto/record-batch/index.js';
import { decodeProducerSnapshot, encodeProducerSnapshot } from '../../segment-store/producer-snapshot.js';
import { ProducerState, sequenceAfter } from '../../segment-store/producer-state.js';
import { MovableClock } from './fixtures/movable-clock.js';
import { storeFolder } from './fixtures/opened-store.js';
import { batchOf, headerOf } from './fixtures/test-batch.js';
import { WatchedFileSystem } from './fixtures/watched-file-system.js';

const LAST_SEQUENCE = 2 ** 31 - 1;
const ALL = Number.MAX_SAFE_INTEGER;

interface Sent {
  id?: number;
  epoch?: number;
  sequence: number;
  count?: number;
  offset?: number;
}

function batch({ id = 7, epoch = 0, sequence, count = 1, offset = 0 }: Sent) {
  return headerOf({
    producerId: id,
    producerEpoch: epoch,
    baseSequence: sequence,
    recordsCount: count,
    lastOffsetDelta: count - 1,
    baseOffset: offset,
  });
}

describe('the verdict', () => {
  it('is next, duplicate, gap, fenced or unknown, by the last batches of the producer', () => {
    const state = new ProducerState(10);
    expect(state.judge(batch({ sequence: 3 }))).toEqual({ verdict: 'unknown-producer' });
    state.note(batch({ sequence: 0, count: 5 }), ALL, 0);
    state.note(batch({ sequence: 5, count: 2, offset: 5 }), ALL, 0);
    expect(state.judge(batch({ sequence: 7 }))).toEqual({ verdict: 'next' });
    expect(state.judge(batch({ sequence: 0, count: 5 }))).toMatchObject({
      of: { firstOffset: 0, lastOffset: 4 },
    });
    expect(state.judge(batch({ sequence: 5, count: 2 }))).toMatchObject({ of: { firstOffset: 5 } });
    for (const sequence of [8, 6, 4])
      expect(state.judge(batch({ sequence }))).toEqual({ verdict: 'gap', expectedSequence: 7 });
    expect(state.judge(batch({ sequence: 0, count: 4 }))).toMatchObject({ verdict: 'gap' });
    expect(state.judge(batch({ epoch: 1, sequence: 0 }))).toEqual({ verdict: 'next' });
    expect(state.judge(batch({ epoch: 1, sequence: 7 }))).toEqual({ verdict: 'gap', expectedSequence: 0 });
    state.note(batch({ epoch: 1, sequence: 0, offset: 7 }), ALL, 0);
    expect(state.judge(batch({ sequence: 7 }))).toEqual({ verdict: 'fenced', currentEpoch: 1 });
    expect(state.judge(batch({ sequence: 0, count: 5 }))).toEqual({ verdict: 'fenced', currentEpoch: 1 });
  });

  it('goes on at 0 behind the last sequence, also within a batch', () => {
    const state = new ProducerState(10);
    state.restore(7, [
      {
        epoch: 0,
        firstSequence: 0,
        lastSequence: LAST_SEQUENCE - 2,
        firstOffset: 0,
        lastOffset: 9,
        timestampMs: 0,
      },
    ]);
    const wrapping = batch({ sequence: LAST_SEQUENCE - 1, count: 4, offset: 10 });
    expect(state.judge(wrapping)).toEqual({ verdict: 'next' });
    state.note(wrapping, ALL, 0);
    expect(state.judge(wrapping)).toMatchObject({ verdict: 'duplicate', of: { lastSequence: 1 } });
    expect(state.judge(batch({ sequence: 2 }))).toEqual({ verdict: 'next' });
    expect(sequenceAfter(LAST_SEQUENCE, 1)).toBe(0);
  });

  it('knows the last batches again, as many as it says, and no more', () => {
    const state = new ProducerState(10);
    const sent = Array.from({ length: 40 }, (_, n) => batch({ sequence: n, offset: n }));
    for (const header of sent) state.note(header, header.baseOffset, 0);
    const known = sent.map((header) => state.judge(header).verdict === 'duplicate');
    expect(known.slice(-REMEMBERED_BATCHES)).toEqual(Array(REMEMBERED_BATCHES).fill(true));
    expect(known.indexOf(true)).toBeGreaterThan(40 - REMEMBERED_BATCHES - 3);
  });

  it('after what was not stored is taken back, is what it was before', () => {
    const step = fc.record({
      count: fc.integer({ min: 1, max: 3 }),
      inFlight: fc.integer({ min: 1, max: 40 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 5 }), fc.integer({ min: 1, max: 50 }), (steps, lost) => {
        const state = new ProducerState(10);
        const committed: ReturnType<typeof batch>[] = [];
        let sequence = 0;
        const note = (count: number, committedOffset: number) => {
          const header = batch({ sequence, count, offset: sequence });
          state.note(header, committedOffset, 0);
          sequence += count;
          return header;
        };
        for (const { count, inFlight } of steps) {
          const committedOffset = sequence;
          for (let n = 0; n < inFlight; n += 1) committed.push(note(count, committedOffset));
        }
        const end = sequence;
        for (let n = 0; n < lost; n += 1) note(1, end);
        state.takeBack(end);
        expect(state.judge(batch({ sequence: end, offset: end })).verdict).toBe('next');
        for (const header of committed.slice(-REMEMBERED_BATCHES))
          expect(state.judge(header)).toMatchObject({
            verdict: 'duplicate',
            of: { firstOffset: header.baseOffset },
          });
      }),
    );
  });

  it('forgets the producer silent longest when there are too many, and those silent too long', () => {
    const state = new ProducerState(2);
    state.note(batch({ id: 1, sequence: 0 }), ALL, 100);
    state.note(batch({ id: 2, sequence: 0 }), ALL, 200);
    state.note(batch({ id: 1, sequence: 1, offset: 1 }), ALL, 300);
    state.note(batch({ id: 3, sequence: 0 }), ALL, 400);
    expect(state.judge(batch({ id: 2, sequence: 1 })).verdict).toBe('unknown-producer');
    expect(state.judge(batch({ id: 1, sequence: 2 })).verdict).toBe('next');
    state.forgetSilent(400);
    expect(state.judge(batch({ id: 1, sequence: 2 })).verdict).toBe('unknown-producer');
    expect(state.judge(batch({ id: 3, sequence: 1 })).verdict).toBe('next');
    expect(state.size).toBe(1);
  });
});

describe('a snapshot', () => {
  const produced = fc.record({
    epoch: fc.integer({ min: 0, max: 2 ** 15 - 1 }),
    firstSequence: fc.integer({ min: 0, max: LAST_SEQUENCE }),
    lastSequence: fc.integer({ min: 0, max: LAST_SEQUENCE }),
    firstOffset: fc.maxSafeNat(),
    lastOffset: fc.integer({ min: 0, max: 1e6 }),
    timestampMs: fc.maxSafeNat(),
  });
  const producers = fc.uniqueArray(
    fc.tuple(fc.maxSafeNat(), fc.array(produced, { minLength: 1, maxLength: REMEMBERED_BATCHES })),
    { selector: ([id]) => id, maxLength: 5 },
  );
  const stateOf = (known: [number, Parameters<ProducerState['restore']>[1]][]) => {
    const state = new ProducerState(100);
    for (const [id, batches] of known) state.restore(id, batches);
    return state;
  };

  it('holds what was known below its offset', () => {
    fc.assert(
      fc.property(producers, fc.nat(1e6), (known, offset) => {
        const below = known
          .map(([id, batches]) => [id, batches.filter((one) => one.lastOffset < offset)] as const)
          .filter(([, batches]) => batches.length > 0);
        expect(decodeProducerSnapshot(encodeProducerSnapshot(stateOf(known), offset))).toEqual(
          new Map(below),
        );
      }),
    );
  });

  it('with any bit flipped or any byte cut off is refused', () => {
    fc.assert(
      fc.property(producers, fc.nat(), fc.nat(7), (known, at, bit) => {
        const whole = encodeProducerSnapshot(stateOf(known), ALL);
        const flipped = Buffer.from(whole);
        flipped[at % whole.length]! ^= 1 << bit;
        expect(decodeProducerSnapshot(flipped)).toBeUndefined();
        expect(decodeProducerSnapshot(whole.subarray(0, at % whole.length))).toBeUndefined();
      }),
    );
  });
});

describe('a partition', () => {
  const folder = storeFolder();

  it('does not forget a producer because its records are old', async () => {
    const clock = new MovableClock();
    const store = await folder.open({ producerIdleMs: 60_000 }, { clock });
    await store.createTopic('a', { config: { retentionMs: undefined } });
    const send = async (baseSequence: number) => {
      const producer = { producerId: 5, producerEpoch: 0, baseSequence };
      return store.append('a', 0, await batchOf([{ value: 'x', timestampMs: 1000 }], { producer }));
    };
    await send(0);
    await store.cleanUp();
    expect(await send(1)).toEqual({ baseOffset: 1, duplicate: false });
    clock.aheadMs = 61_000;
    await store.cleanUp();
    await expect(send(2)).rejects.toMatchObject({ code: 'UNKNOWN_PRODUCER' });
  });

  it('takes a batch again that a full disk refused, at the same sequence', async () => {
    const disk = new WatchedFileSystem();
    const store = await folder.open({}, { fs: disk.fileSystem });
    await store.createTopic('a');
    const send = async (baseSequence: number) =>
      store.append(
        'a',
        0,
        await batchOf(['x'], { producer: { producerId: 5, producerEpoch: 0, baseSequence } }),
      );
    await send(0);
    const heal = disk.fail('write', '.log', 'ENOSPC');
    const refused = await Promise.allSettled([send(1), send(2), send(3)]);
    for (const one of refused) expect(one).toMatchObject({ reason: { code: 'DISK_FULL' } });
    heal();
    await expect
      .poll(() => folder.events.some(({ event }) => event === 'disk-recovered'), { timeout: 5000 })
      .toBe(true);
    expect(await send(1)).toEqual({ baseOffset: 1, duplicate: false });
    expect(await send(0)).toEqual({ baseOffset: 0, duplicate: true });
  });
});

describe('producer ids', () => {
  const folder = storeFolder();

  it.each([
    ['closed properly', () => {}],
    ['without its file', (path: string) => rmSync(path)],
    ['with damage in its file', (path: string) => writeFileSync(path, String(randomInt(1000)))],
  ])('are never the same, from a store that was opened again %s', async (_, spoil) => {
    const ids: number[] = [];
    for (let round = 0; round < 4; round += 1) {
      const store = await folder.open();
      ids.push(...(await Promise.all(Array.from({ length: 1500 }, () => store.allocateProducerId()))));
      await store.close();
      spoil(join(folder.path, 'producer-id'));
    }
    expect(new Set(ids).size).toBe(6000);
    expect(Math.max(...ids)).toBeLessThan(Number.MAX_SAFE_INTEGER);
  });
});
