import { type Producer, type ProducerRecord, Respool } from '../../sdk/index.js';
import { LatencyRecorder, type LatencySummary } from '../harness/latency.js';
import { NumberedValues } from '../harness/numbered-value.js';
import { wallMs } from '../harness/wall-clock.js';

export interface ProduceParameters {
  server: string;
  topic: string;
  valueBytes: number;
  /** This producer's number, from 0. */
  producer: number;
  /** Spread records evenly over so many partitions by name; undefined leaves it to the producer's own choice, which fills one batch after the other. */
  spreadOver?: number;
}

/** What one sample did: all of `records` are acknowledged at `endMs`. */
export interface Produced {
  records: number;
  startMs: number;
  endMs: number;
}

/** What an offered load of so many records a second met. */
export interface Offered extends Produced {
  ackMs: LatencySummary;
  /** How late records were handed over, because the client was busy. */
  lateMs: LatencySummary;
}

/** Records handed over in one turn of the event loop, as when a file or a socket is read in pieces of 64 KiB or so. */
const RECORDS_PER_TURN = 500;
/** Calls of `send` that are awaited together. */
const SENDS_PER_TURN = 500;

export class ProduceRole implements AsyncDisposable {
  readonly #client: Respool;
  readonly #producer: Producer;
  readonly #values: NumberedValues;
  readonly #record: ProducerRecord;
  readonly #spreadOver: number | undefined;

  constructor({ server, topic, valueBytes, producer, spreadOver }: ProduceParameters) {
    this.#client = new Respool(server);
    this.#producer = this.#client.producer();
    this.#values = new NumberedValues(valueBytes, producer);
    this.#record = { topic };
    this.#spreadOver = spreadOver;
  }

  /** Sends one record, so that everything that is done once is done. */
  async open(): Promise<void> {
    await this.#producer.send(this.#next());
  }

  /** Hands records over with `write`, a few in each turn of the event loop, then waits for their acknowledgements. */
  async write(seconds: number): Promise<Produced> {
    return this.#produced(async () => {
      const untilMs = performance.now() + seconds * 1000;
      while (performance.now() < untilMs) {
        for (let i = 0; i < RECORDS_PER_TURN; i++) {
          if (!this.#producer.write(this.#next())) await this.#producer.ready();
        }
        await nextTurn();
      }
      await this.#producer.flush();
    });
  }

  /** As {@link write}, but hands over without a pause until the buffer is full: the shortest loop that one can write. */
  async writeUntilFull(seconds: number): Promise<Produced> {
    return this.#produced(async () => {
      const untilMs = performance.now() + seconds * 1000;
      for (let i = 0; i % RECORDS_PER_TURN !== 0 || performance.now() < untilMs; i++) {
        if (!this.#producer.write(this.#next())) await this.#producer.ready();
      }
      await this.#producer.flush();
    });
  }

  /** Writes `records` and waits for their acknowledgements. */
  async writeCount(records: number): Promise<Produced> {
    return this.#produced(async () => {
      await this.handOver(records);
      await this.#producer.flush();
    });
  }

  /** Writes `records` and does not wait: of the last ones nothing is known. */
  async handOver(records: number): Promise<void> {
    for (let i = 0; i < records; i++) {
      if (!this.#producer.write(this.#next())) await this.#producer.ready();
      if (i % RECORDS_PER_TURN === 0) await nextTurn();
    }
  }

  /** Hands records over with `send`, a promise for each, and awaits every one; at most `inFlight` at a time. */
  async send(seconds: number, inFlight: number): Promise<Produced> {
    return this.#produced(async () => {
      const untilMs = performance.now() + seconds * 1000;
      const groups: Promise<unknown>[] = [];
      while (performance.now() < untilMs) {
        const group = Array.from({ length: SENDS_PER_TURN }, () => this.#producer.send(this.#next()));
        groups.push(Promise.all(group));
        await nextTurn();
        if (groups.length * SENDS_PER_TURN >= inFlight) await groups.shift();
      }
      await Promise.all(groups);
    });
  }

  /** One record at a time: the next one is sent when the last is acknowledged. */
  async one(seconds: number): Promise<Produced & { ackMs: LatencySummary }> {
    const acks = new LatencyRecorder();
    const produced = await this.#produced(async () => {
      const untilMs = performance.now() + seconds * 1000;
      for (let startMs = performance.now(); startMs < untilMs; ) {
        await this.#producer.send(this.#next());
        const nowMs = performance.now();
        acks.record(nowMs - startMs);
        startMs = nowMs;
      }
    });
    return { ...produced, ackMs: acks.summary() };
  }

  /**
   * Hands over `recordsPerSecond`, a millisecond's worth every millisecond. The last record of each millisecond is sent and timed, from when it was due, and so is every
   * delay of this process; the others are written.
   */
  async offer(recordsPerSecond: number, seconds: number): Promise<Offered> {
    const acks = new LatencyRecorder();
    const late = new LatencyRecorder();
    const sent: Promise<void>[] = [];
    const produced = await this.#produced(async () => {
      const startMs = performance.now();
      let offered = 0;
      for (let nowMs = startMs; nowMs < startMs + seconds * 1000; nowMs = performance.now()) {
        const due = Math.floor(((nowMs - startMs) / 1000) * recordsPerSecond);
        if (offered < due) {
          const firstDueMs = startMs + (offered * 1000) / recordsPerSecond;
          late.record(nowMs - firstDueMs);
          await this.#writeMany(due - offered - 1);
          sent.push(this.#sendTimed(acks));
          offered = due;
        }
        await nextMillisecond();
      }
      await Promise.all(sent);
      await this.#producer.flush();
    });
    return { ...produced, ackMs: acks.summary(), lateMs: late.summary() };
  }

  /** How many records were handed over so far, in all. */
  async count(): Promise<number> {
    return this.#values.count;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.close();
  }

  async #produced(produce: () => Promise<void>): Promise<Produced> {
    const before = this.#values.count;
    const startMs = wallMs();
    await produce();
    return { records: this.#values.count - before, startMs, endMs: wallMs() };
  }

  async #writeMany(records: number): Promise<void> {
    for (let i = 0; i < records; i++) {
      if (!this.#producer.write(this.#next())) await this.#producer.ready();
    }
  }

  async #sendTimed(acks: LatencyRecorder): Promise<void> {
    const startMs = performance.now();
    await this.#producer.send(this.#next());
    acks.record(performance.now() - startMs);
  }

  /** The same object each time: what it holds is copied when it is handed over. */
  #next(): ProducerRecord {
    const record = this.#record;
    if (this.#spreadOver !== undefined) record.partition = this.#values.count % this.#spreadOver;
    record.value = this.#values.next();
    return record;
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function nextMillisecond(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1));
}
