/** A real broker with a real data directory, and a client for it, for tests. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ChannelCredentials,
  Client,
  type ClientDuplexStream,
  type ClientReadableStream,
  credentials,
  type ServiceError,
} from '@grpc/grpc-js';
import { expect, onTestFinished } from 'vitest';
import {
  adminService,
  decodeError,
  ERROR_TRAILER,
  logService,
  type Method,
  respool,
} from '../../proto/index.js';
import { BatchBuilder, type NewLogRecord } from '../../proto/record-batch/index.js';
import { Broker, type BrokerConfig, type BrokerEnvironment, formatAddress } from '../../server/index.js';

export const { ErrorCode, FetchFormat } = respool.v1;

/** A folder that is removed when the test has finished. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'respool-server-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A broker on a free port, closed when the test has finished. */
export async function startBroker(
  options: Partial<BrokerConfig> = {},
  environment: BrokerEnvironment = {},
): Promise<Broker> {
  const broker = await Broker.start(
    {
      dataDir: options.dataDir ?? temporaryFolder(),
      listen: '127.0.0.1:0',
      http: '127.0.0.1:0',
      logLevel: 'silent',
      drainTimeoutMs: 200,
      ...options,
    },
    environment,
  );
  onTestFinished(() => broker.close());
  return broker;
}

export type ProduceStream = ClientDuplexStream<
  respool.v1.ProduceRequest.$Properties,
  respool.v1.ProduceResponse
>;
export type FetchStream = ClientReadableStream<respool.v1.FetchResponse>;

/** A plain gRPC client of a broker, closed when the test has finished. */
export class TestClient {
  readonly grpc: Client;

  constructor(
    broker: Pick<Broker, 'address'>,
    channel: ChannelCredentials = credentials.createInsecure(),
    options = {},
  ) {
    this.grpc = new Client(formatAddress(broker.address), channel, {
      'grpc.use_local_subchannel_pool': 1,
      ...options,
    });
    onTestFinished(() => this.grpc.close());
  }

  /** Calls a unary method; rejects with grpc-js's ServiceError. */
  call<ReqIn, Req extends ReqIn, ResIn, Res extends ResIn>(
    { path, requestSerialize, responseDeserialize }: Method<ReqIn, Req, ResIn, Res>,
    request: ReqIn,
  ): Promise<Res> {
    return new Promise((resolve, reject) => {
      this.grpc.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, (error, response) =>
        error ? reject(error) : resolve(response!),
      );
    });
  }

  createTopic(topic: string, request: respool.v1.CreateTopicRequest.$Properties = {}) {
    return this.call(adminService.CreateTopic, { topic, ...request });
  }

  produce(): ProduceStream {
    const { path, requestSerialize, responseDeserialize } = logService.Produce;
    return this.grpc.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
  }

  /** Opens a Produce stream, sends the batches, ends it; the answers in the order of their arrival. */
  async produceAll(batches: respool.v1.ProduceBatch.$Properties[]): Promise<respool.v1.ProduceAck[]> {
    const stream = this.produce();
    const acks = collectAcks(stream);
    stream.write({ batches });
    stream.end();
    return acks;
  }

  fetch(request: respool.v1.FetchRequest.$Properties): FetchStream {
    const { path, requestSerialize, responseDeserialize } = logService.Fetch;
    return this.grpc.makeServerStreamRequest(path, requestSerialize, responseDeserialize, request);
  }

  /** All responses of a Fetch that ends. */
  async fetchAll(request: respool.v1.FetchRequest.$Properties): Promise<respool.v1.FetchResponse[]> {
    const responses: respool.v1.FetchResponse[] = [];
    for await (const response of this.fetch(request)) responses.push(response as respool.v1.FetchResponse);
    return responses;
  }

  /** The values of a partition's records, as text. */
  async values(topic: string, request: respool.v1.FetchRequest.$Properties = {}): Promise<string[]> {
    const responses = await this.fetchAll({ topic, ...request });
    return responses.flatMap(({ records }) =>
      records.map(({ value }) => Buffer.from(value ?? []).toString()),
    );
  }
}

async function collectAcks(stream: ProduceStream): Promise<respool.v1.ProduceAck[]> {
  const acks: respool.v1.ProduceAck[] = [];
  for await (const response of stream) {
    acks.push(...((response as respool.v1.ProduceResponse).acks as respool.v1.ProduceAck[]));
  }
  return acks;
}

/** A batch of records with these values. */
export function batchOf(values: readonly (string | Buffer)[], fields: Partial<NewLogRecord> = {}): Buffer {
  const builder = new BatchBuilder();
  for (const value of values) builder.append({ timestampMs: 1_700_000_000_000, ...fields, value });
  return builder.build();
}

/** What a failed call says: gRPC status, our code, message and details. */
export interface Failure {
  status: number;
  code: string | undefined;
  message: string;
  details: Record<string, string>;
}

export async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  try {
    await promise;
  } catch (error) {
    return toldBy(error as ServiceError);
  }
  throw new Error('the call succeeded');
}

/** What a call's status says, and its trailer. */
export function toldBy({
  code,
  details,
  metadata,
}: Pick<ServiceError, 'code' | 'details' | 'metadata'>): Failure {
  const [trailer] = metadata.get(ERROR_TRAILER);
  const told = trailer ? decodeError(trailer as Buffer) : undefined;
  return {
    status: code,
    code: told === undefined ? undefined : ErrorCode[told.code],
    message: details,
    details: { ...told?.details },
  };
}

/** The code of a refused batch, by its name. */
export function ackCode(ack: respool.v1.ProduceAck | undefined): string | undefined {
  return ack?.error?.code == null ? undefined : ErrorCode[ack.error.code];
}

/** GETs a path of the broker's HTTP port. */
export async function httpGet(broker: Broker, path: string): Promise<{ status: number; body: string }> {
  const response = await fetch(`http://${formatAddress(broker.httpAddress!)}${path}`);
  return { status: response.status, body: await response.text() };
}

/** The value of one series of the broker's metrics; undefined if there is none. */
export async function metric(broker: Broker, series: string): Promise<number | undefined> {
  const { body } = await httpGet(broker, '/metrics');
  const line = body.split('\n').find((text) => text.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
}

/** What the broker says is wrong with it. */
export async function problemsOf(broker: Broker): Promise<string[]> {
  const { status: code, body } = await httpGet(broker, '/readyz');
  const names = (JSON.parse(body) as { problems: { problem: string }[] }).problems.map(
    ({ problem }) => problem,
  );
  expect(code).toBe(names.length === 0 ? 200 : 503);
  return names;
}
