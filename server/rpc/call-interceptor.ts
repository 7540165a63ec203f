/** What every call passes on its way in and out: limits, malformed requests, the gate for reading, counting. */
import { constants } from 'node:http2';
import {
  type Metadata,
  ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
  type ServerListener,
  type ServerMethodDefinition,
  status,
} from '@grpc/grpc-js';
import { groupService, logService } from '../../proto/index.js';
import { StoreError } from '../../segment-store/index.js';
import { http2StreamOf, messageEncodingOf } from '../net/grpc-internals.js';
import type { BrokerMetrics } from '../observe/metrics.js';
import { ByteBudget } from './byte-budget.js';
import { leaveControls } from './call-controls.js';
import { callError } from './error-status.js';
import { MalformedRequest } from './malformed-request.js';
import type { OpenCalls } from './open-calls.js';
import { ReadGate } from './read-gate.js';
import type { ReceiveBudget, Receiving } from './receive-budget.js';

export interface CallGuards {
  openCalls: OpenCalls;
  /** Bytes that one call may have brought without an answer. */
  maxInFlightBytes: number;
  /** The same for all that produce together, and apart from them for all members of groups: a flood of batches must not keep those from being heard. */
  inFlight: ByteBudget;
  commitsInFlight: ByteBudget;
  /** Shared by all calls, for what is half received. */
  receive: ReceiveBudget;
  /** What a compressed message may become, and is counted as. */
  maxMessageBytes: number;
  metrics: BrokerMetrics;
  /** Aborted when the broker begins to end. */
  draining: AbortSignal;
}

export function callInterceptor(guards: CallGuards): ServerInterceptor {
  return (method, call) => new GuardedCall(method, call, guards);
}

type Method = ServerMethodDefinition<unknown, unknown>;
type Status = Parameters<ServerInterceptingCallInterface['sendStatus']>[0];

/** What a message costs that comes over a stream whose handler does not count bytes itself (reflection): so many may be unanswered. */
const FOREIGN_MESSAGE_BYTES = 64 * 1024;

class GuardedCall extends ServerInterceptingCall {
  readonly #inner: ServerInterceptingCallInterface;
  readonly #guards: CallGuards;
  readonly #method: Method;
  readonly #gate: ReadGate;
  readonly #receiving: Receiving;
  /** Our own streams end by themselves when the broker does; those of others are ended here. */
  readonly #onDrain = () => this.#refuse(shuttingDown());
  readonly #startedMs = performance.now();
  #isCounted = false;
  #isEnded = false;
  #foreignMessages = 0;

  constructor(method: Method, inner: ServerInterceptingCallInterface, guards: CallGuards) {
    super(inner, { start: (next) => next(this.#listener()) });
    this.#inner = inner;
    this.#guards = guards;
    this.#method = method;
    this.#gate = new ReadGate(guards.maxInFlightBytes, sharedBudget(method, guards));
    this.#receiving = guards.receive.open(() => this.#reset());
    this.#meterMessages();
  }

  override startRead(): void {
    this.#gate.whenOpen(() => super.startRead());
  }

  override sendMessage(message: unknown, callback: () => void): void {
    super.sendMessage(message, () => {
      if (this.#foreignMessages > 0) this.#answeredForeignMessage();
      callback();
    });
  }

  override sendStatus(sent: Status): void {
    this.#ended(status[sent.code ?? status.UNKNOWN] ?? 'UNKNOWN');
    super.sendStatus(sent);
  }

  #meterMessages(): void {
    const isCompressed = messageEncodingOf(this.#inner) !== 'identity';
    http2StreamOf(this.#inner)?.on('data', ({ length }: Buffer) => {
      if (!isCompressed) this.#receiving.received(length);
      else if (!this.#receiving.isUnderway) this.#receiving.received(this.#guards.maxMessageBytes);
    });
  }

  #listener(): ServerListener {
    return {
      onReceiveMetadata: (metadata, next) => {
        // From here on grpc-js promises onCancel at the end of the call, however it ends.
        this.#opened(metadata);
        const refusal = this.#refusal();
        if (refusal) this.#refuse(refusal);
        else next(metadata);
      },
      onReceiveMessage: (message: unknown, next) => {
        this.#receiving.delivered();
        if (message instanceof MalformedRequest) this.#refuse(malformed(message));
        else {
          if (this.#isForeignStream()) this.#receivedForeignMessage();
          next(message);
        }
      },
      onCancel: () => this.#closed(),
    };
  }

  #opened(metadata: Metadata): void {
    leaveControls(metadata, { gate: this.#gate, reset: () => this.#reset() });
    this.#isCounted = true;
    this.#guards.openCalls.opened();
    this.#guards.metrics.openCalls.inc({ method: this.#method.path });
    if (this.#isForeign()) this.#guards.draining.addEventListener('abort', this.#onDrain, { once: true });
  }

  #refusal(): StoreError | undefined {
    const { openCalls } = this.#guards;
    if (openCalls.isDraining) return shuttingDown();
    if (openCalls.count <= openCalls.limit) return undefined;
    const details = { what: 'open calls', limit: openCalls.limit };
    return new StoreError('TOO_MANY', `there are ${openCalls.limit} open calls, which is the limit`, details);
  }

  /** Ends the call below the interceptors and handlers, which never see it. */
  #refuse(error: StoreError): void {
    const { code, details, metadata } = callError(error);
    this.#ended(status[code ?? status.UNKNOWN] ?? 'UNKNOWN');
    this.#inner.sendStatus({
      code: code ?? status.UNKNOWN,
      details: details ?? '',
      metadata: metadata ?? null,
    });
  }

  #reset(): void {
    http2StreamOf(this.#inner)?.close(constants.NGHTTP2_ENHANCE_YOUR_CALM);
  }

  #isForeignStream(): boolean {
    return this.#method.requestStream && this.#isForeign();
  }

  #isForeign(): boolean {
    return !this.#method.path.startsWith('/respool.');
  }

  #receivedForeignMessage(): void {
    this.#foreignMessages++;
    this.#gate.hold(FOREIGN_MESSAGE_BYTES);
    this.#gate.releaseShared(FOREIGN_MESSAGE_BYTES);
  }

  #answeredForeignMessage(): void {
    this.#foreignMessages--;
    this.#gate.releaseOwn(FOREIGN_MESSAGE_BYTES);
  }

  #ended(code: string): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    const { path, requestStream, responseStream } = this.#method;
    const { metrics } = this.#guards;
    metrics.calls.inc({ method: path, code });
    if (!requestStream && !responseStream) {
      metrics.unarySeconds.observe({ method: path }, (performance.now() - this.#startedMs) / 1000);
    }
  }

  #closed(): void {
    this.#gate.close();
    this.#receiving.close();
    this.#guards.draining.removeEventListener('abort', this.#onDrain);
    this.#ended('CANCELLED');
    if (!this.#isCounted) return;
    this.#isCounted = false;
    this.#guards.openCalls.closed();
    this.#guards.metrics.openCalls.dec({ method: this.#method.path });
  }
}

/** Only those who bring much wait for each other: health must answer while they do. */
function sharedBudget({ path }: Method, { inFlight, commitsInFlight }: CallGuards): ByteBudget {
  if (path === logService.Produce.path) return inFlight;
  if (path === groupService.Consume.path) return commitsInFlight;
  return new ByteBudget(Infinity);
}

function shuttingDown(): StoreError {
  return new StoreError('SHUTTING_DOWN', 'the broker is ending', {});
}

function malformed({ reason }: MalformedRequest): StoreError {
  return new StoreError('INVALID_ARGUMENT', `the request cannot be decoded: ${reason}`, { field: 'request' });
}
