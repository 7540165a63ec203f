import { Admin } from '../admin/index.js';
import { type Connection, linkSignals } from '../connection/index.js';
import { batchFormat } from './batch-format.js';
import { type RecordsOptions, type ResolvedReadOptions, resolveRecordsOptions } from './fetch-options.js';
import type { ReceivedRecord, RecordRun } from './fetched-batch.js';
import { type FetchFormat, fetchPartition } from './partition-fetch.js';
import { resolveRanges, type WantedRange } from './partition-ranges.js';
import { ReadAhead } from './read-ahead.js';
import { recordFormat } from './record-format.js';
import { RunMerge } from './run-merge.js';
import { Turns } from './turns.js';

/** Reads the partitions of a topic, record by record; see `Respool.records`. The options are checked at once, the rest happens when it is iterated. */
export function readRecords(connection: Connection, options: RecordsOptions): RecordIterator {
  return new RecordIterator(connection, options, resolveRecordsOptions(options));
}

const END: IteratorReturnResult<undefined> = { done: true, value: undefined };

/** The records of a topic, one by one. Written by hand: an async generator takes twice the time for each. */
export class RecordIterator implements AsyncIterableIterator<ReceivedRecord, undefined> {
  readonly #connection: Connection;
  readonly #options: RecordsOptions;
  readonly #resolved: ResolvedReadOptions;
  readonly #stop = new AbortController();
  #merge: RunMerge | undefined;
  #run: Iterator<ReceivedRecord, unknown> | undefined;
  #left: number;
  #ended = false;
  /** Of the calls of next() that have to wait. */
  readonly #turns = new Turns();

  /** @internal */
  constructor(connection: Connection, options: RecordsOptions, resolved: ResolvedReadOptions) {
    this.#connection = connection;
    this.#options = options;
    this.#resolved = resolved;
    this.#left = options.maxRecords ?? Number.POSITIVE_INFINITY;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** The next record. */
  next(): Promise<IteratorResult<ReceivedRecord, undefined>> {
    if (this.#run !== undefined && this.#left > 0 && this.#turns.areOver) {
      try {
        const next = this.#run.next();
        if (!next.done) {
          this.#left--;
          return Promise.resolve(next);
        }
      } catch (error) {
        return this.#fail(error);
      }
    }
    return this.#turns.take(() => this.#advance());
  }

  /** Ends reading. */
  async return(): Promise<IteratorResult<ReceivedRecord, undefined>> {
    await this.#end();
    return END;
  }

  async #advance(): Promise<IteratorResult<ReceivedRecord, undefined>> {
    try {
      while (!this.#ended && this.#left > 0) {
        const next = this.#run?.next();
        if (next !== undefined && !next.done) {
          this.#left--;
          return next;
        }
        this.#merge ??= await this.#begin();
        const run = await this.#merge.next();
        if (run === undefined) break;
        this.#run = run.records()[Symbol.iterator]();
      }
    } catch (error) {
      return this.#fail(error);
    }
    await this.#end();
    return END;
  }

  async #begin(): Promise<RunMerge> {
    const { signal, unlink } = linkSignals(this.#connection.closed, this.#options.signal);
    const stop = linkSignals(signal, this.#stop.signal);
    this.#stop.signal.addEventListener('abort', unlink, { once: true });
    const wanted = await this.#wanted(stop.signal);
    const ranges = await resolveRanges(this.#connection, wanted, this.#resolved.follow, stop.signal);
    const readAhead = new ReadAhead(this.#resolved.readAheadBytes);
    const { filter } = this.#options;
    const format: FetchFormat<RecordRun> =
      filter === undefined ? batchFormat(this.#resolved) : recordFormat(filter);
    return new RunMerge(
      ranges.map((range) =>
        fetchPartition(this.#connection, range, format, this.#resolved, readAhead, stop.signal),
      ),
    );
  }

  async #wanted(signal: AbortSignal): Promise<WantedRange[]> {
    const { topic, from = 'earliest', until } = this.#options;
    const partitions = this.#options.partitions ?? (await this.#allPartitions(signal));
    return partitions.map((partition) => ({
      topic,
      partition,
      from: typeof from === 'function' ? from(partition) : from,
      until: typeof until === 'function' ? until(partition) : until,
    }));
  }

  async #allPartitions(signal: AbortSignal): Promise<number[]> {
    const [description] = await new Admin(this.#connection).describeTopics([this.#options.topic], { signal });
    return description?.partitions.map(({ partition }) => partition) ?? [];
  }

  async #fail(error: unknown): Promise<never> {
    await this.#end();
    throw error;
  }

  async #end(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    this.#run = undefined;
    this.#stop.abort();
    await this.#merge?.close();
  }
}
