/** `Produce`: batches in, answers out, many of both under way. */
import { Metadata, type ServerDuplexStream } from '@grpc/grpc-js';
import type { respool } from '../../proto/index.js';
import type { BrokerContext } from '../broker-context.js';
import { type CallControls, controlsOf } from '../rpc/call-controls.js';
import { callError, wireError } from '../rpc/error-status.js';
import { optionalOffset, wirePartition } from '../rpc/wire-number.js';
import { AppendLanes } from './append-lanes.js';
import type { Appender } from './appender.js';

export type ProduceCall = ServerDuplexStream<
  respool.v1.ProduceRequest,
  respool.v1.ProduceResponse.$Properties
>;

export function produceHandler(context: BrokerContext, appender: Appender): (call: ProduceCall) => void {
  return (call) => new ProduceStream(call, context, appender).start();
}

type ProduceBatch = respool.v1.ProduceBatch.$Properties;
type ProduceAck = respool.v1.ProduceAck.$Properties;

/** What a batch costs beyond its own bytes while it is under way: promises, the acknowledgement. */
const BATCH_OVERHEAD_BYTES = 256;

/**
 * One stream. Bytes are held from a batch's receipt until its answer was taken by the peer's flow control, so that a client that does not
 * read answers is not read either.
 */
class ProduceStream {
  readonly #controls: CallControls;
  readonly #lanes = new AppendLanes();
  /** Batches received whose answer was not yet written. */
  #unanswered = 0;
  #ready: ProduceAck[] = [];
  #readyBytes = 0;
  #isPumpScheduled = false;
  #isWriting = false;
  #end: 'open' | 'half-closed' | 'draining' | 'ended' = 'open';

  constructor(
    private readonly call: ProduceCall,
    private readonly context: BrokerContext,
    private readonly appender: Appender,
  ) {
    this.#controls = controlsOf(call);
  }

  start(): void {
    const { call } = this;
    const { draining } = this.context;
    const drain = () => this.#drain();
    // At once, so that the client knows the stream is open before its first answer.
    call.sendMetadata(new Metadata());
    call.on('data', (request: respool.v1.ProduceRequest) => this.#receive(request));
    call.on('end', () => this.#halfClose());
    call.on('cancelled', () => {
      this.#end = 'ended';
      this.#ready = [];
      draining.removeEventListener('abort', drain);
    });
    if (draining.aborted) drain();
    else draining.addEventListener('abort', drain, { once: true });
  }

  #receive({ batches }: respool.v1.ProduceRequest): void {
    for (const batch of batches) {
      const bytes = (batch.batch?.length ?? 0) + BATCH_OVERHEAD_BYTES;
      this.#controls.gate.hold(bytes);
      this.#unanswered++;
      void this.#answer(batch).then((ack) => {
        this.#controls.gate.releaseShared(bytes);
        this.#acknowledge(ack, bytes);
      });
    }
  }

  /** Never rejects: what goes wrong is the answer. */
  async #answer(batch: ProduceBatch): Promise<ProduceAck> {
    const correlationId = batch.correlationId ?? 0;
    try {
      const { baseOffset, duplicate } = await this.#append(batch);
      return { correlationId, baseOffset, duplicate };
    } catch (error) {
      this.context.faults.report(error, 'Produce');
      return { correlationId, error: wireError(error) };
    }
  }

  async #append({ topic, partition, batch, expectedOffset }: ProduceBatch) {
    return this.appender.append(this.#lanes, {
      topic: topic ?? '',
      partition: wirePartition(partition),
      batch: asBuffer(batch),
      expectedOffset: optionalOffset('expected_offset', expectedOffset),
    });
  }

  #acknowledge(ack: ProduceAck, bytes: number): void {
    if (this.#end === 'ended') return;
    this.#ready.push(ack);
    this.#readyBytes += bytes;
    if (this.#isPumpScheduled) return;
    this.#isPumpScheduled = true;
    // Behind all promises that resolve with this one, so that one commit's answers travel in one message.
    process.nextTick(() => {
      this.#isPumpScheduled = false;
      this.#pump();
    });
  }

  /** Sends all that is ready in one message, and the next one when this one is on its way. */
  #pump(): void {
    if (this.#isWriting || this.#ready.length === 0 || this.#end === 'ended') return;
    const acks = this.#ready;
    const bytes = this.#readyBytes;
    this.#ready = [];
    this.#readyBytes = 0;
    this.#isWriting = true;
    this.call.write({ acks }, () => {
      this.#isWriting = false;
      this.#unanswered -= acks.length;
      this.#controls.gate.releaseOwn(bytes);
      this.#pump();
      this.#endIfDone();
    });
  }

  #halfClose(): void {
    if (this.#end === 'open') this.#end = 'half-closed';
    this.#endIfDone();
  }

  /** The broker ends: what was received is answered, and nothing more is read. */
  #drain(): void {
    if (this.#end === 'ended') return;
    this.#end = 'draining';
    this.#controls.gate.close();
    this.#endIfDone();
  }

  #endIfDone(): void {
    if (this.#unanswered > 0 || this.#end === 'open' || this.#end === 'ended') return;
    const isDraining = this.#end === 'draining';
    this.#end = 'ended';
    if (isDraining) this.call.emit('error', callError(this.context.draining.reason));
    else this.call.end();
  }
}

const NO_BYTES = Buffer.alloc(0);

/** The same bytes; the decoder's are a Buffer, whatever its type says. */
function asBuffer(bytes: Uint8Array | null | undefined): Buffer {
  if (!bytes) return NO_BYTES;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
