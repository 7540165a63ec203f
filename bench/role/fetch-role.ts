import { type FetchedBatch, Respool } from '../../sdk/index.js';
import { wallMs } from '../harness/wall-clock.js';

/**
 * How far records are decoded.
 * - `raw`: batches are received and their checksums checked, no record is looked at;
 * - `cursor`: every record is gone to with a cursor, and its value's length is taken;
 * - `objects`: every record is made an object, batch by batch;
 * - `records`: the same one by one, through `client.records()`.
 */
export const FETCH_MODES = ['raw', 'cursor', 'objects', 'records'] as const;
export type FetchMode = (typeof FETCH_MODES)[number];

export interface FetchParameters {
  server: string;
  topic: string;
}

/** What one pass over the log has read. */
export interface Fetched {
  records: number;
  valueBytes: number;
  startMs: number;
  endMs: number;
}

export class FetchRole implements AsyncDisposable {
  readonly #client: Respool;
  readonly #topic: string;

  constructor({ server, topic }: FetchParameters) {
    this.#client = new Respool(server);
    this.#topic = topic;
  }

  /** Reads partition 0 from its beginning to its end. Throws if an offset is missing or comes twice. */
  async pass(mode: FetchMode): Promise<Fetched> {
    const startMs = wallMs();
    const { records, valueBytes } = mode === 'records' ? await this.#records() : await this.#batches(mode);
    return { records, valueBytes, startMs, endMs: wallMs() };
  }

  /** Connects and reads the first batch; resolves with how long that took, in milliseconds. */
  async first(): Promise<number> {
    const startMs = performance.now();
    for await (const _batch of this.#client.fetch({ topic: this.#topic, partition: 0 })) {
      return performance.now() - startMs;
    }
    throw new Error(`${this.#topic} is empty`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.close();
  }

  async #batches(mode: Exclude<FetchMode, 'records'>): Promise<{ records: number; valueBytes: number }> {
    const read = READERS[mode];
    let records = 0;
    let valueBytes = 0;
    for await (const batch of this.#client.fetch({ topic: this.#topic, partition: 0 })) {
      if (batch.header.baseOffset !== records) throw gap(records, batch.header.baseOffset);
      valueBytes += read(batch);
      records += batch.header.recordsCount;
    }
    return { records, valueBytes };
  }

  async #records(): Promise<{ records: number; valueBytes: number }> {
    let records = 0;
    let valueBytes = 0;
    for await (const { offset, value } of this.#client.records({ topic: this.#topic, partitions: [0] })) {
      if (offset !== records) throw gap(records, offset);
      records++;
      valueBytes += value?.length ?? 0;
    }
    return { records, valueBytes };
  }
}

/** Each returns the bytes of the values, or 0 if it does not look at them. */
const READERS: Readonly<Record<Exclude<FetchMode, 'records'>, (batch: FetchedBatch) => number>> = {
  raw: () => 0,
  cursor(batch) {
    const cursor = batch.cursor();
    let bytes = 0;
    while (cursor.next()) bytes += cursor.valueEnd - cursor.valueStart;
    return bytes;
  },
  objects(batch) {
    let bytes = 0;
    for (const { value } of batch.records()) bytes += value?.length ?? 0;
    return bytes;
  },
};

function gap(expected: number, found: number): Error {
  return new Error(`offset ${found} was read where ${expected} is due`);
}
