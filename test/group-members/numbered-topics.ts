import { setTimeout as elapse } from 'node:timers/promises';
import { type Respool, RespoolError } from '../../sdk/index.js';
import type { ReadPartition } from '../group-history/group-event.js';

export interface NumberedTopicSettings {
  topics: readonly string[];
  partitionsPerTopic: number;
  /** At most so many records are sent to a partition at a time, … */
  maxBurst: number;
  /** … the next ones at most so much later. */
  maxPauseMs: number;
  /** How long a record may take; default: longer than any test. */
  deliveryTimeoutMs?: number;
}

const DELIVERY_TIMEOUT_MS = 600_000;

/** Topics that groups read, and their writers: the records of a partition hold numbers that rise, so that one can be told from another. */
export class NumberedTopics {
  readonly #writers: Promise<void>[] = [];
  #stopped = false;

  constructor(
    private readonly client: Respool,
    private readonly settings: NumberedTopicSettings,
  ) {}

  async create(): Promise<void> {
    const { topics, partitionsPerTopic } = this.settings;
    for (const topic of topics)
      await this.client.admin.createTopic(topic, { partitions: partitionsPerTopic });
  }

  /** Every partition has a writer of its own, until {@link stop}. */
  start(): void {
    for (const { topic, partition } of this.partitions()) this.#writers.push(this.#write(topic, partition));
  }

  /** Resolves when everything that was sent is stored, or given up. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#writers);
  }

  *partitions(): Generator<{ topic: string; partition: number }> {
    const { topics, partitionsPerTopic } = this.settings;
    for (const topic of topics)
      for (let partition = 0; partition < partitionsPerTopic; partition += 1) yield { topic, partition };
  }

  /** The partitions as they are stored, under the names that they have for a group. */
  async read(group: string): Promise<ReadPartition[]> {
    return Promise.all(
      [...this.partitions()].map(async ({ topic, partition }) => {
        const values: number[] = [];
        for await (const batch of this.client.fetch({ topic, partition })) {
          for (const { value } of batch.records()) values.push(Number(value));
        }
        return { partition: `${group} ${topic}-${partition}`, values };
      }),
    );
  }

  async #write(topic: string, partition: number): Promise<void> {
    const { maxBurst, maxPauseMs, deliveryTimeoutMs = DELIVERY_TIMEOUT_MS } = this.settings;
    const producer = this.client.producer({ deliveryTimeoutMs });
    let number = 0;
    while (!this.#stopped) {
      const count = 1 + Math.floor(Math.random() * maxBurst);
      const sends = Array.from({ length: count }, () => {
        number += 1;
        return producer.send({ topic, partition, value: String(number) });
      });
      for (const { reason } of (await Promise.allSettled(sends)).filter(isRejected))
        if (!(reason instanceof RespoolError)) throw reason;
      // No signal: how often somebody writes.
      await elapse(Math.random() * maxPauseMs);
    }
    await producer.close().catch(() => {});
  }
}

function isRejected(result: PromiseSettledResult<unknown>): result is PromiseRejectedResult {
  return result.status === 'rejected';
}
