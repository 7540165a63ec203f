import { type Consumer, Respool } from '../../sdk/index.js';
import { LatencyRecorder, type LatencySummary } from '../harness/latency.js';
import { wallMs } from '../harness/wall-clock.js';

export interface CommitParameters {
  server: string;
  topic: string;
  group: string;
  partitions: number;
  /** So many records each partition has: offsets go up to it. */
  recordsPerPartition: number;
}

/** What one sample did: all of `commits` are acknowledged at `endMs`. */
export interface Committed {
  commits: number;
  startMs: number;
  endMs: number;
  ackMs: LatencySummary;
}

/** The only member of a group, which commits by hand. */
export class CommitRole implements AsyncDisposable {
  readonly #client: Respool;
  readonly #consumer: Consumer;
  readonly #parameters: CommitParameters;
  readonly #last: number[];
  #reading: Promise<void> | undefined;

  constructor(parameters: CommitParameters) {
    const { server, topic, group, partitions } = parameters;
    this.#parameters = parameters;
    this.#client = new Respool(server);
    this.#last = Array.from({ length: partitions }, () => 0);
    this.#consumer = this.#client.consumer({ group, topics: [topic], commit: 'manual' });
  }

  /** Joins, and reads everything, so that nothing but commits is under way afterwards. */
  async open(): Promise<void> {
    const { partitions, recordsPerPartition } = this.#parameters;
    let left = partitions * recordsPerPartition;
    await new Promise<void>((resolve, reject) => {
      const read = async (): Promise<void> => {
        for await (const batch of this.#consumer.batches()) {
          left -= batch.header.recordsCount;
          if (left === 0) resolve();
        }
      };
      this.#reading = read().catch(reject);
    });
  }

  /** Keeps `inFlight` commits of one offset each under way, spread over the partitions, each partition's one behind the other. */
  async one(inFlight: number, seconds: number): Promise<Committed> {
    const acks = new LatencyRecorder();
    const startMs = wallMs();
    const untilMs = performance.now() + seconds * 1000;
    let commits = 0;
    const committer = async (partition: number): Promise<void> => {
      for (let sentMs = performance.now(); sentMs < untilMs; ) {
        await this.#commit([partition]);
        commits++;
        const nowMs = performance.now();
        acks.record(nowMs - sentMs);
        sentMs = nowMs;
      }
    };
    await Promise.all(Array.from({ length: inFlight }, (_, partition) => committer(partition)));
    return { commits, startMs, endMs: wallMs(), ackMs: acks.summary() };
  }

  /** Commits all partitions in one call, again and again; counts offsets. */
  async all(seconds: number): Promise<Committed> {
    const acks = new LatencyRecorder();
    const startMs = wallMs();
    const untilMs = performance.now() + seconds * 1000;
    const everyPartition = this.#last.map((_, partition) => partition);
    let commits = 0;
    for (let sentMs = performance.now(); sentMs < untilMs; ) {
      await this.#commit(everyPartition);
      commits += everyPartition.length;
      const nowMs = performance.now();
      acks.record(nowMs - sentMs);
      sentMs = nowMs;
    }
    return { commits, startMs, endMs: wallMs(), ackMs: acks.summary() };
  }

  /** The offset of each partition that was acknowledged last. */
  async acknowledged(): Promise<number[]> {
    return this.#last;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.close();
    await this.#reading;
  }

  async #commit(partitions: readonly number[]): Promise<void> {
    const { topic, recordsPerPartition } = this.#parameters;
    const offsets = partitions.map((partition) => ({
      topic,
      partition,
      offset: (this.#last[partition]! % recordsPerPartition) + 1,
    }));
    await this.#consumer.commit(offsets);
    for (const { partition, offset } of offsets) this.#last[partition] = offset;
  }
}
