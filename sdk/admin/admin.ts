import { adminService, logService } from '../../proto/index.js';
import { type CallOptions, type Connection, checkInteger, checkText } from '../connection/index.js';
import { type Position, toWirePosition } from './position.js';
import {
  fromWireTopic,
  type TopicConfig,
  type TopicDescription,
  type TopicSettings,
  toWireConfig,
  toWireField,
} from './topic.js';

/** What a new topic is to be like. */
export interface NewTopic {
  /**
   * How many partitions, 1 or more.
   * @default the broker's `defaultPartitions`
   */
  partitions?: number | undefined;
  /**
   * What is to differ from the broker's defaults.
   * @default {}
   */
  config?: TopicSettings | undefined;
}

/** What is to change about a topic. */
export interface TopicChange {
  /**
   * The new number of partitions, not less than now. Keys may then be put in other partitions than before.
   * @default as it is
   */
  partitions?: number | undefined;
  /**
   * What to set.
   * @default {}
   */
  config?: TopicSettings | undefined;
  /**
   * Fields that return to the broker's default.
   * @default []
   */
  reset?: readonly (keyof TopicConfig)[] | undefined;
}

/** How to look at all topics. */
export interface TopicListOptions extends CallOptions {
  /**
   * The broker's own topics as well, whose names begin with `__`. One that is named is always described.
   * @default false
   */
  includeInternal?: boolean | undefined;
}

/** A position to look up. */
export interface OffsetQuery {
  topic: string;
  /** From 0. */
  partition: number;
  at: Position;
}

/** Where a position is. */
export interface ResolvedOffset {
  topic: string;
  partition: number;
  /** For a time without a record at or after it, the high watermark. */
  offset: number;
  /** For a query by time: the found record's time, milliseconds since 1970 UTC; undefined if there is none. */
  timestampMs: number | undefined;
  /** The first readable offset of the partition. */
  logStartOffset: number;
  /** The end of what can be read of the partition. */
  highWatermark: number;
}

/**
 * Topics: creating, changing, looking at and deleting them. Every method takes a time-out and a signal, and rejects with a `RespoolError`; the
 * codes named are those to expect. UNAVAILABLE and DEADLINE_EXCEEDED leave open whether a change was made. The broker's own topics are read-only: whoever wants to
 * change one gets INVALID_TOPIC_NAME.
 */
export class Admin {
  readonly #connection: Connection;

  /** @internal Made by `Respool`. */
  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Creates a topic. TOPIC_EXISTS, INVALID_TOPIC_NAME, INVALID_ARGUMENT, TOO_MANY. */
  async createTopic(topic: string, spec: NewTopic = {}, options?: CallOptions): Promise<TopicDescription> {
    checkText('topic', topic);
    const { partitions, config = {} } = spec;
    if (partitions !== undefined) checkInteger('partitions', partitions, 1);
    const request = { topic, partitions: partitions ?? 0, config: toWireConfig(config) };
    const response = await this.#connection.unary('CreateTopic', adminService.CreateTopic, request, options);
    return fromWireTopic(response.topic ?? {});
  }

  /** Adds partitions, sets or resets configuration. TOPIC_NOT_FOUND, INVALID_ARGUMENT, TOO_MANY. */
  async alterTopic(topic: string, change: TopicChange, options?: CallOptions): Promise<TopicDescription> {
    checkText('topic', topic);
    const { partitions, config = {}, reset = [] } = change;
    if (partitions !== undefined) checkInteger('partitions', partitions, 1);
    const request = {
      topic,
      partitions: partitions ?? 0,
      config: toWireConfig(config),
      reset: reset.map(toWireField),
    };
    const response = await this.#connection.unary('AlterTopic', adminService.AlterTopic, request, options);
    return fromWireTopic(response.topic ?? {});
  }

  /** Deletes a topic with all its records, for good. TOPIC_NOT_FOUND. */
  async deleteTopic(topic: string, options?: CallOptions): Promise<void> {
    checkText('topic', topic);
    await this.#connection.unary('DeleteTopic', adminService.DeleteTopic, { topic }, options);
  }

  /** The names of all topics, in order. */
  async listTopics(options?: TopicListOptions): Promise<string[]> {
    const topics = await this.#describe([], options);
    return topics.map(({ topic }) => topic);
  }

  /** Describes the named topics in that order, none if none is named; without names all, by name. TOPIC_NOT_FOUND. */
  async describeTopics(topics?: readonly string[], options?: TopicListOptions): Promise<TopicDescription[]> {
    topics?.forEach((topic, i) => {
      checkText(`topics[${i}]`, topic);
    });
    if (topics?.length === 0) return [];
    return this.#describe(topics ?? [], options);
  }

  /** Resolves positions to offsets, in the order of the queries. TOPIC_NOT_FOUND, PARTITION_NOT_FOUND, OFFSET_OUT_OF_RANGE, CORRUPT_BATCH. */
  async listOffsets(queries: readonly OffsetQuery[], options?: CallOptions): Promise<ResolvedOffset[]> {
    if (queries.length === 0) return [];
    const request = {
      queries: queries.map(({ topic, partition, at }, i) => {
        checkText(`queries[${i}].topic`, topic);
        checkInteger(`queries[${i}].partition`, partition, 0);
        return { topic, partition, at: toWirePosition(`queries[${i}].at`, at) };
      }),
    };
    const { answers } = await this.#connection.unary('ListOffsets', logService.ListOffsets, request, options);
    return queries.map(({ topic, partition }, i) => ({
      topic,
      partition,
      offset: answers[i]?.offset ?? 0,
      timestampMs: answers[i]?.timestampMs ?? undefined,
      logStartOffset: answers[i]?.logStartOffset ?? 0,
      highWatermark: answers[i]?.highWatermark ?? 0,
    }));
  }

  /**
   * Moves a partition's log start offset forward: what lies before `beforeOffset` can no longer be read, and is deleted. Returns the log start offset now, which
   * never goes back. TOPIC_NOT_FOUND, PARTITION_NOT_FOUND, OFFSET_OUT_OF_RANGE beyond the high watermark.
   */
  async truncatePrefix(
    topic: string,
    partition: number,
    beforeOffset: number,
    options?: CallOptions,
  ): Promise<number> {
    checkText('topic', topic);
    checkInteger('partition', partition, 0);
    checkInteger('beforeOffset', beforeOffset, 0);
    const request = { topic, partition, beforeOffset };
    const response = await this.#connection.unary(
      'TruncatePrefix',
      adminService.TruncatePrefix,
      request,
      options,
    );
    return response.logStartOffset;
  }

  async #describe(
    topics: readonly string[],
    { includeInternal = false, ...options }: TopicListOptions = {},
  ): Promise<TopicDescription[]> {
    const request = { topics: [...topics], includeInternal };
    const response = await this.#connection.unary(
      'DescribeTopics',
      adminService.DescribeTopics,
      request,
      options,
    );
    return response.topics.map(fromWireTopic);
  }
}
