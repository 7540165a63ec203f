import { Client, type ClientDuplexStream, credentials } from '@grpc/grpc-js';
import { logService, type respool } from '../../proto/index.js';
import { BatchBuilder } from '../../proto/record-batch/index.js';
import { NumberedValues } from '../harness/numbered-value.js';
import { wallMs } from '../harness/wall-clock.js';

export interface PassClientParameters {
  server: string;
  valueBytes: number;
  batchBytes: number;
  /** Batches that are sent ahead of their acknowledgements. */
  inFlight: number;
}

export interface Passed {
  batches: number;
  records: number;
  bytes: number;
  startMs: number;
  endMs: number;
}

type Stream = ClientDuplexStream<respool.v1.ProduceRequest.$Properties, respool.v1.ProduceResponse>;

const WINDOW_BYTES = 1024 ** 2;
/** As the SDK's: one message holds about so much. */
const MESSAGE_BYTES = 1024 ** 2;

/** Sends one encoded batch over and over: no encoding, no bookkeeping, no promises. */
export class PassClientRole implements AsyncDisposable {
  readonly #parameters: PassClientParameters;
  readonly #client: Client;

  constructor(parameters: PassClientParameters) {
    this.#parameters = parameters;
    this.#client = new Client(parameters.server, credentials.createInsecure(), {
      'grpc-node.flow_control_window': WINDOW_BYTES,
    });
  }

  async pass(seconds: number): Promise<Passed> {
    const { valueBytes, batchBytes, inFlight } = this.#parameters;
    const { batch, records } = filledBatch(valueBytes, batchBytes);
    const { Produce } = logService;
    const stream = this.#client.makeBidiStreamRequest(
      Produce.path,
      Produce.requestSerialize,
      Produce.responseDeserialize,
    );
    const startMs = wallMs();
    const batches = await passBatches(stream, batch, inFlight, performance.now() + seconds * 1000);
    return { batches, records: batches * records, bytes: batches * batch.length, startMs, endMs: wallMs() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.close();
  }
}

/** Resolves with how many there were, when the last one is acknowledged. */
function passBatches(stream: Stream, batch: Buffer, inFlight: number, untilMs: number): Promise<number> {
  const perMessage = Math.max(1, Math.floor(MESSAGE_BYTES / batch.length));
  let sent = 0;
  let acknowledged = 0;
  let writing = false;
  let ended = false;
  const pump = (): void => {
    if (performance.now() >= untilMs) {
      if (acknowledged === sent && !ended) stream.end();
      ended ||= acknowledged === sent;
      return;
    }
    const room = Math.min(inFlight - (sent - acknowledged), perMessage);
    if (writing || room <= 0) return;
    const batches = Array.from({ length: room }, () => ({ correlationId: ++sent, topic: 'bench', batch }));
    writing = true;
    stream.write({ batches }, () => {
      writing = false;
      pump();
    });
  };
  return new Promise((resolve, reject) => {
    stream.on('data', ({ acks }: respool.v1.ProduceResponse) => {
      acknowledged += acks.length;
      pump();
    });
    stream.on('error', reject);
    stream.on('end', () => resolve(acknowledged));
    pump();
  });
}

/** A batch of records as `produce` sends them, no larger than `batchBytes`. */
function filledBatch(valueBytes: number, batchBytes: number): { batch: Buffer; records: number } {
  const builder = new BatchBuilder();
  const values = new NumberedValues(valueBytes, 0);
  const timestampMs = Date.now();
  while (builder.tryAppend({ timestampMs, value: values.next() }, batchBytes));
  const records = builder.count;
  return { batch: builder.build(), records };
}
