/**
 * A small log on a simulated disk, whose every record is known: to be damaged and opened again. One partition, `orders-0`, with sealed segments of
 * several batches each and an active one.
 */
import {
  DEFAULT_LOG_STORE_OPTIONS,
  type LogStore,
  openLogStore,
  type StoreEvent,
} from '../../segment-store/index.js';
import { type DiskImage, imageOf, machineWith } from '../simulation/disk-image.js';
import { type FinalRead, readWholeLog, wrongLookup } from '../simulation/final-read.js';
import { checkedValue, decodeBatches, encodeBatch } from '../simulation/sent-batch.js';
import { SimulatedMachine } from '../simulation/simulated-machine.js';

const DATA_DIR = '/data';
export const FOLDER = '/data/topics/orders-0';
export const ORDERS = { topic: 'orders', partition: 0 };
const BASE_TIME_MS = 1_700_000_000_000;
const PRODUCER = { producerId: 0, producerEpoch: 0 };

/** The place in a batch that is the broker's own: readers never get what lies there, and damage to it costs nothing. */
export function isOwnMark(placeInBatch: number): boolean {
  return placeInBatch >= 12 && placeInBatch < 16;
}

export interface StoredBatch {
  baseOffset: number;
  /** One behind its last offset. */
  endOffset: number;
  values: readonly string[];
}

export interface StoredLog {
  image: DiskImage;
  /** Every batch, ascending. */
  batches: readonly StoredBatch[];
}

export interface Reopened {
  read: FinalRead;
  /** Offsets at or above this were not in the log any more. */
  endOffset: number;
  events: StoreEvent[];
  /** The disk after the log was read, and closed again. */
  image: DiskImage;
  /** Where an answer to a look-up, by offset or by time, differs from a linear scan. */
  wrongLookup: string | undefined;
  /** What one more batch of the same producer was answered with: its offset. */
  appendedAt: number;
}

/** `clean`: as it is after a proper close. `crashed`: a copy of the directory taken while the broker ran. */
export async function storeLog(how: 'clean' | 'crashed', batchCount = 14): Promise<StoredLog> {
  const machine = new SimulatedMachine(1);
  const { process, fs } = machine.startProcess();
  const working = (async () => {
    const store = await openLogStore(options(), { fs, clock: process.clock });
    await store.createTopic('orders', { config: { segmentBytes: 1024, indexIntervalBytes: 150 } });
    await store.allocateProducerId();
    const batches: StoredBatch[] = [];
    for (let number = 0; number < batchCount; number += 1) batches.push(await append(store, number));
    if (how === 'clean') await store.close();
    return batches;
  })();
  const batches = await machine.world.run(working);
  return { image: imageOf(machine.disk), batches };
}

/** Opens a store on the image, reads everything, appends once more and closes. Whatever it throws, the test should see. */
export async function reopen({ image, batches }: StoredLog): Promise<Reopened> {
  const machine = machineWith(image);
  const { process, fs } = machine.startProcess();
  const events: StoreEvent[] = [];
  const onEvent = (event: StoreEvent) => events.push(event);
  const working = (async () => {
    const store = await openLogStore(options(), { fs, clock: process.clock, onEvent });
    const read = await readWholeLog(store, ORDERS);
    const wrong = (await wrongSeek(store, read)) ?? (await wrongLookup(store, ORDERS, read.records));
    const appendedAt = (await append(store, batches.length, false)).baseOffset;
    await store.close();
    return { read, endOffset: read.log.endOffset, events, wrongLookup: wrong, appendedAt };
  })();
  return { ...(await machine.world.run(working)), image: imageOf(machine.disk) };
}

/**
 * What the damage did that it must not: a wrong value, a record gone that lies outside of `lost`, a log that does not go on where it ends. `lost` is
 * the offsets that the damage may have cost, half-open.
 */
export function brokenPromises(
  { batches }: StoredLog,
  { read, endOffset, appendedAt, wrongLookup }: Reopened,
  lost: { startOffset: number; endOffset: number } = { startOffset: 0, endOffset: 0 },
): string[] {
  const found = new Map(read.records.map(({ offset, value }) => [offset, value]));
  const expected = batches.flatMap(({ baseOffset, values }) =>
    values.map((value, i) => ({ offset: baseOffset + i, value })),
  );
  const broken = wrongLookup === undefined ? [] : [wrongLookup];
  for (const { offset, value } of expected) {
    const stored = found.get(offset);
    const mayBeLost = lost.startOffset <= offset && offset < lost.endOffset;
    if (stored === undefined && !mayBeLost) broken.push(`offset ${offset} is gone`);
    if (stored === undefined && offset < endOffset && !isCovered(read.log.damaged, offset))
      broken.push(`offset ${offset} is gone without being called damaged`);
    if (stored !== undefined && stored !== value)
      broken.push(`offset ${offset} holds ${JSON.stringify(stored)}`);
  }
  for (const offset of found.keys()) {
    if (offset >= expected.length) broken.push(`offset ${offset} holds what nobody sent`);
  }
  for (const range of read.log.damaged) {
    if (range.startOffset < lost.startOffset || range.endOffset > lost.endOffset)
      broken.push(`${range.startOffset}..${range.endOffset} is called damaged`);
  }
  if (appendedAt !== endOffset) broken.push(`the log ended at ${endOffset} and went on at ${appendedAt}`);
  return broken;
}

function options() {
  return {
    ...DEFAULT_LOG_STORE_OPTIONS,
    dataDir: DATA_DIR,
    freeSpaceReserveBytes: 0,
    cleanupIntervalMs: 1e9,
  };
}

/** Batch `number` of the one idempotent producer; sizes and times vary, times also go back. */
async function append(store: LogStore, number: number, sequenced = true): Promise<StoredBatch> {
  const records = Array.from({ length: 1 + (number % 3) }, (_, i) => ({
    timestampMs: BASE_TIME_MS + 1000 * number + (i === 1 ? -2500 : 0),
    content: `record ${number}.${i} ${'x'.repeat((number * 37) % 90)}`,
  }));
  const baseSequence = Array.from({ length: number }, (_, n) => 1 + (n % 3)).reduce((sum, n) => sum + n, 0);
  const bytes = encodeBatch(records, sequenced ? { ...PRODUCER, baseSequence } : undefined);
  const { baseOffset } = await store.append('orders', 0, bytes);
  return { baseOffset, endOffset: baseOffset + records.length, values: records.map(checkedValue) };
}

/** Where a read that begins at an offset does not find that record first; undefined if nowhere. */
async function wrongSeek(store: LogStore, { records }: FinalRead): Promise<string | undefined> {
  for (const { offset, value } of records) {
    const { batches } = await store.read('orders', 0, offset, 1);
    const [first] = decodeBatches(batches, offset);
    if (first?.value !== value || first.offset !== offset)
      return `a read at ${offset} found ${JSON.stringify(first)}`;
  }
  return undefined;
}

function isCovered(ranges: readonly { startOffset: number; endOffset: number }[], offset: number): boolean {
  return ranges.some((range) => range.startOffset <= offset && offset < range.endOffset);
}
