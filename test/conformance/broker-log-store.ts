/**
 * The log as a client of a broker sees it, behind the interface that the broker has it from: so that the conformance suite can hold both against each
 * other. Topics, offsets and truncation go through the SDK; batches as they are go through the `Produce` and `Fetch` calls themselves.
 */
import {
  type Client,
  type ClientDuplexStream,
  credentials,
  Client as GrpcClient,
  type ServiceError,
} from '@grpc/grpc-js';
import { decodeError, ERROR_TRAILER, logService, respool } from '../../proto/index.js';
import { Respool, RespoolError, type TopicDescription as SdkTopic } from '../../sdk/index.js';
import {
  type Appended,
  type AppendOptions,
  type FoundRecord,
  type PartitionBounds,
  type ReadBatches,
  StoreError,
  type StoreErrorCode,
  type StoreErrorDetails,
  type TopicChange,
  type TopicConfig,
  type TopicDescription,
  type TopicSpec,
} from '../../segment-store/index.js';
import type { ClientLogStore } from './client-log-store.js';

type ProduceStream = ClientDuplexStream<respool.v1.ProduceRequest.$Properties, respool.v1.ProduceResponse>;

interface Waiting {
  resolve: (appended: Appended) => void;
  reject: (error: unknown) => void;
}

/** The details that are text; all others are numbers. */
const TEXT_DETAILS: ReadonlySet<string> = new Set(['field', 'topic', 'reason', 'what', 'dataDir', 'holder']);

export class BrokerLogStore implements ClientLogStore {
  readonly #sdk: Respool;
  readonly #grpc: Client;
  readonly #produce: ProduceStream;
  readonly #waiting = new Map<number, Waiting>();
  #sent = 0;

  /** `closeBroker` is called by {@link close}. */
  constructor(
    server: string,
    private readonly closeBroker: () => Promise<void>,
  ) {
    this.#sdk = new Respool(server);
    this.#grpc = new GrpcClient(server, credentials.createInsecure(), {
      'grpc.use_local_subchannel_pool': 1,
    });
    const { path, requestSerialize, responseDeserialize } = logService.Produce;
    this.#produce = this.#grpc.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
    this.#produce.on('data', ({ acks }: respool.v1.ProduceResponse) => {
      for (const ack of acks) this.#settle(ack);
    });
    this.#produce.on('error', (error) => this.#failAll(error));
  }

  async createTopic(topic: string, spec: TopicSpec = {}): Promise<TopicDescription> {
    const { partitions, config = {} } = spec;
    return described(
      await this.#ask(this.#sdk.admin.createTopic(topic, { partitions, config: toSdk(config) })),
    );
  }

  async alterTopic(topic: string, change: TopicChange): Promise<TopicDescription> {
    const { partitions, set = {}, reset = [] } = change;
    return described(
      await this.#ask(this.#sdk.admin.alterTopic(topic, { partitions, config: toSdk(set), reset })),
    );
  }

  deleteTopic(topic: string): Promise<void> {
    return this.#ask(this.#sdk.admin.deleteTopic(topic));
  }

  async describeTopics(topics?: readonly string[]): Promise<TopicDescription[]> {
    return (await this.#ask(this.#sdk.admin.describeTopics(topics))).map(described);
  }

  async allocateProducerId(): Promise<number> {
    const { path, requestSerialize, responseDeserialize } = logService.InitProducer;
    const { producerId } = await new Promise<respool.v1.InitProducerResponse>((resolve, reject) => {
      this.#grpc.makeUnaryRequest(path, requestSerialize, responseDeserialize, {}, (error, response) =>
        error ? reject(asStoreError(error)) : resolve(response!),
      );
    });
    return producerId;
  }

  append(topic: string, partition: number, batch: Buffer, options: AppendOptions = {}): Promise<Appended> {
    this.#sent += 1;
    const correlationId = this.#sent;
    const stored = new Promise<Appended>((resolve, reject) => {
      this.#waiting.set(correlationId, { resolve, reject });
    });
    const { expectedOffset } = options;
    const condition = expectedOffset === undefined ? {} : { expectedOffset };
    this.#produce.write({ batches: [{ correlationId, topic, partition, batch, ...condition }] });
    return stored;
  }

  async read(topic: string, partition: number, offset: number, maxBytes: number): Promise<ReadBatches> {
    const format = respool.v1.FetchFormat.FETCH_FORMAT_BATCHES;
    const request = { topic, partition, from: { offset }, maxBytes: Math.max(1, maxBytes), format };
    for await (const answer of this.#fetch(request)) {
      const { batches, nextOffset, highWatermark, logStartOffset } = answer;
      if (batches.length > 0)
        return { batches: Buffer.from(batches), nextOffset, highWatermark, logStartOffset };
    }
    const { highWatermark, logStartOffset } = await this.bounds(topic, partition);
    return {
      batches: Buffer.alloc(0),
      nextOffset: Math.max(offset, highWatermark),
      highWatermark,
      logStartOffset,
    };
  }

  async awaitRecords(topic: string, partition: number, offset: number, signal: AbortSignal): Promise<void> {
    const { highWatermark } = await this.bounds(topic, partition);
    if (highWatermark > offset) return;
    const format = respool.v1.FetchFormat.FETCH_FORMAT_BATCHES;
    const request = { topic, partition, from: { offset: highWatermark }, follow: true, format };
    for await (const { nextOffset } of this.#fetch(request, signal)) if (nextOffset > offset) return;
  }

  async bounds(topic: string, partition: number): Promise<PartitionBounds> {
    // Also tells whether there is such a partition.
    await this.#ask(this.#sdk.admin.listOffsets([{ topic, partition, at: 'latest' }]));
    const [description] = await this.describeTopics([topic]);
    const { logStartOffset, recoveryPoint, highWatermark, logEndOffset } =
      description!.partitions[partition]!;
    return { logStartOffset, recoveryPoint, highWatermark, logEndOffset };
  }

  async findByTime(topic: string, partition: number, timestampMs: number): Promise<FoundRecord | undefined> {
    const [found] = await this.#ask(this.#sdk.admin.listOffsets([{ topic, partition, at: { timestampMs } }]));
    return found!.timestampMs === undefined
      ? undefined
      : { offset: found!.offset, timestampMs: found!.timestampMs };
  }

  truncatePrefix(topic: string, partition: number, beforeOffset: number): Promise<number> {
    return this.#ask(this.#sdk.admin.truncatePrefix(topic, partition, beforeOffset));
  }

  async close(): Promise<void> {
    this.#produce.end();
    await this.#sdk.close();
    this.#grpc.close();
    await this.closeBroker();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** The answers of one `Fetch`; leaving the loop cancels it. */
  async *#fetch(
    request: respool.v1.FetchRequest.$Properties,
    signal?: AbortSignal,
  ): AsyncGenerator<respool.v1.FetchResponse, void> {
    signal?.throwIfAborted();
    const { path, requestSerialize, responseDeserialize } = logService.Fetch;
    const stream = this.#grpc.makeServerStreamRequest(path, requestSerialize, responseDeserialize, request);
    const abort = () => stream.cancel();
    signal?.addEventListener('abort', abort);
    try {
      for await (const response of stream) yield response as respool.v1.FetchResponse;
    } catch (error) {
      signal?.throwIfAborted();
      throw asStoreError(error);
    } finally {
      signal?.removeEventListener('abort', abort);
      stream.on('error', () => {});
      stream.cancel();
    }
  }

  async #ask<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      throw asStoreError(error);
    }
  }

  #settle({ correlationId, baseOffset, duplicate, error }: respool.v1.ProduceAck.$Properties): void {
    const waiting = this.#waiting.get(correlationId ?? 0)!;
    this.#waiting.delete(correlationId ?? 0);
    if (error) waiting.reject(fromWire(error));
    else waiting.resolve({ baseOffset: baseOffset ?? 0, duplicate: duplicate ?? false });
  }

  #failAll(error: unknown): void {
    for (const waiting of this.#waiting.values()) waiting.reject(asStoreError(error));
    this.#waiting.clear();
  }
}

function asStoreError(error: unknown): unknown {
  if (error instanceof RespoolError) return storeError(error.code, error.message, error.details);
  const trailer = (error as Partial<ServiceError>).metadata?.get(ERROR_TRAILER)[0];
  const wire = Buffer.isBuffer(trailer) ? decodeError(trailer) : undefined;
  return wire ? fromWire(wire) : error;
}

function fromWire({ code, message, details }: respool.v1.Error.$Properties): StoreError {
  return storeError(respool.v1.ErrorCode[code ?? 0]!, message ?? '', details ?? {});
}

function storeError(code: string, message: string, details: object): StoreError {
  const facts = Object.entries(details).map(([name, fact]) => [
    name,
    TEXT_DETAILS.has(name) ? fact : Number(fact),
  ]);
  return new StoreError(
    code as StoreErrorCode,
    message,
    Object.fromEntries(facts) as StoreErrorDetails[StoreErrorCode],
  );
}

/** "No limit" is undefined in the log, and a word of its own in the SDK. */
function toSdk(config: Partial<TopicConfig>): object {
  return Object.fromEntries(Object.entries(config).map(([field, value]) => [field, value ?? 'unlimited']));
}

function described({ config, ...rest }: SdkTopic): TopicDescription {
  const limits = Object.entries(config).map(([field, value]) => [
    field,
    value === 'unlimited' ? undefined : value,
  ]);
  return { ...rest, config: Object.fromEntries(limits) as unknown as TopicConfig };
}
