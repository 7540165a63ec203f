import { adminService } from '../../proto/index.js';
import { type Connection, RespoolError } from '../connection/index.js';

/** What a producer must know of a topic. */
export interface TopicMetadata {
  /** How many partitions. */
  readonly partitions: number;
  /** The largest batch, header included. */
  readonly maxBatchBytes: number;
  /** When this was learnt, by the monotonic clock, in milliseconds. */
  readonly learntAtMs: number;
}

/** What is known of topics, asked for once at a time. */
export class TopicCatalog {
  readonly #connection: Connection;
  readonly #timeoutMs: number;
  readonly #asking = new Map<string, Promise<TopicMetadata>>();

  constructor(connection: Connection, timeoutMs: number) {
    this.#connection = connection;
    this.#timeoutMs = timeoutMs;
  }

  /** Asks the broker. TOPIC_NOT_FOUND, UNAVAILABLE. */
  describe(topic: string): Promise<TopicMetadata> {
    const asking =
      this.#asking.get(topic) ??
      this.#ask(topic).finally(() => {
        this.#asking.delete(topic);
      });
    this.#asking.set(topic, asking);
    return asking;
  }

  async #ask(topic: string): Promise<TopicMetadata> {
    const { DescribeTopics } = adminService;
    const request = { topics: [topic] };
    const timeoutMs = this.#timeoutMs;
    const { topics } = await this.#connection.unary('DescribeTopics', DescribeTopics, request, { timeoutMs });
    const [description] = topics;
    if (!description?.partitions?.length) {
      throw new RespoolError('UNKNOWN', `the broker has described ${topic} without partitions`, {
        details: { topic },
      });
    }
    return {
      partitions: description.partitions.length,
      maxBatchBytes: description.config?.maxBatchBytes ?? Number.POSITIVE_INFINITY,
      learntAtMs: performance.now(),
    };
  }
}
