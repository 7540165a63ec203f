/** The way of a batch into the store, from whichever call it comes. */
import type { BatchHeader } from '../../proto/record-batch/index.js';
import { type Appended, isStoreError } from '../../segment-store/index.js';
import type { BrokerContext } from '../broker-context.js';
import { LongestWait } from '../observe/longest-wait.js';
import { errorCodeName } from '../rpc/error-status.js';
import type { AppendLanes } from './append-lanes.js';
import { BatchCheck } from './batch-check.js';
import { refuseInternalTopic } from './internal-topic.js';
import { TopicCreator } from './topic-creator.js';

export interface BatchToAppend {
  topic: string;
  partition: number;
  /** Taken over: it is stamped in place. */
  batch: Buffer;
  expectedOffset: number | undefined;
}

export class Appender {
  readonly #check: BatchCheck;
  readonly #topics: TopicCreator;
  readonly #waiting = new LongestWait();

  constructor(private readonly context: Pick<BrokerContext, 'store' | 'config' | 'metrics'>) {
    this.#check = new BatchCheck(context.config.maxUncompressedBatchBytes);
    this.#topics = new TopicCreator(context.store, context.config.autoCreateTopics);
  }

  /** How long the append that waits longest has waited; undefined if none does. A large number means that the disk is slow, or hangs. */
  longestWaitMs(nowMs: number): number | undefined {
    return this.#waiting.longestMs(nowMs);
  }

  /** Makes the topic if it does not exist and topics are made at their first use. Rejects as {@link append} for one that clients may not append to. */
  async ensureTopic(topic: string): Promise<void> {
    refuseInternalTopic(topic);
    await this.#topics.ensure(topic);
  }

  /**
   * Checks and stores a batch; those of one partition within `lanes` are stored in the order of the calls. Rejects as
   * `LogStore.append`, as `createTopic` if topics are made at their first use, and with INVALID_TOPIC_NAME for an internal topic.
   */
  async append(
    lanes: AppendLanes,
    { topic, partition, batch, expectedOffset }: BatchToAppend,
  ): Promise<Appended> {
    const { store, metrics } = this.context;
    const sinceMs = performance.now();
    const done = this.#waiting.begin(sinceMs);
    const sizeBytes = batch.length;
    try {
      const appended = await lanes.run(
        `${topic}/${partition}`,
        this.#prepare(topic, partition, batch),
        (validated) =>
          store.append(topic, partition, batch, {
            ...(expectedOffset === undefined ? {} : { expectedOffset }),
            ...(validated === undefined ? {} : { validated }),
          }),
      );
      metrics.onAppended(topic, recordsOf(batch), sizeBytes, performance.now() - sinceMs);
      return appended;
    } catch (error) {
      if (isStoreError(error, 'TOPIC_NOT_FOUND')) this.#topics.forget(topic);
      metrics.appendsRefused.inc({ code: errorCodeName(error) });
      throw error;
    } finally {
      done();
    }
  }

  #prepare(topic: string, partition: number, batch: Buffer): Promise<BatchHeader | undefined> | undefined {
    refuseInternalTopic(topic);
    const checked = this.#check.check(topic, partition, batch);
    const created = this.#topics.ensure(topic);
    if (created === undefined) return checked;
    return Promise.all([checked, created]).then(([validated]) => validated);
  }
}

/** The records count of a batch that was found good; read again because the count lies in bytes that nobody changes. */
function recordsOf(batch: Buffer): number {
  return batch.readInt32BE(RECORDS_COUNT_AT);
}

const RECORDS_COUNT_AT = 57;
