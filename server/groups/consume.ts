/** `Consume`: one membership, from the first message of its stream to the end of it. */
import { Metadata, type ServerDuplexStream } from '@grpc/grpc-js';
import type { Member } from '../../consumer-groups/index.js';
import type { respool } from '../../proto/index.js';
import type { BrokerContext } from '../broker-context.js';
import { type CallControls, controlsOf } from '../rpc/call-controls.js';
import { callError } from '../rpc/error-status.js';
import type { FetchBuffer } from '../rpc/fetch-buffers.js';
import { ResponseWriter } from '../rpc/response-writer.js';
import { invalidArgument } from '../rpc/wire-number.js';
import { CommitAnswers, type ReadyAnswers } from './commit-answers.js';
import { decodeJoin } from './join-codec.js';
import { encodeEvent, eventBytes } from './member-event-codec.js';
import { applyControl, Credit, decodeOwned } from './member-message.js';

type ConsumeCall = ServerDuplexStream<respool.v1.ConsumeRequest, respool.v1.ConsumeResponse.$Properties>;
type ConsumeRequest = respool.v1.ConsumeRequest;
type ConsumeResponse = respool.v1.ConsumeResponse.$Properties;

export function consumeHandler(context: BrokerContext): (call: ConsumeCall) => void {
  return (call) => new ConsumeStream(call, context).start();
}

/** The reason with which a stream is aborted whose client is gone. */
const CANCELLED = Symbol('cancelled');

/** What a response takes beside what it carries, and an answer to a commit, about. */
const RESPONSE_BYTES = 256;
const ANSWER_BYTES = 32;

/** Something to tell the member. */
interface Telling {
  response: ConsumeResponse;
  bytes: number;
}

/**
 * One stream. It carries what the client says to the {@link Member}, and what the member is told to the client.
 *
 * However it ends, commits that were received are answered before, unless the client is gone or does not read.
 */
class ConsumeStream {
  readonly #controls: CallControls;
  readonly #abort = new AbortController();
  readonly #buffer: FetchBuffer;
  readonly #writer: ResponseWriter<ConsumeResponse>;
  readonly #credit = new Credit();
  readonly #onDrain = () => this.#finish(this.context.draining.reason);
  #member: Member | undefined;
  #answers: CommitAnswers | undefined;
  #toTell: Telling | undefined;
  /** Set when nothing more is to be told but answers: with an error, or in good order. */
  #end: { error: unknown } | undefined;
  #onWoken = () => {};
  #isWakeScheduled = false;

  constructor(
    private readonly call: ConsumeCall,
    private readonly context: BrokerContext,
  ) {
    this.#controls = controlsOf(call);
    this.#buffer = context.fetchBuffers.open((error) => {
      this.#abort.abort(error);
      this.#controls.reset();
    });
    this.#writer = new ResponseWriter(call, this.#buffer, this.#abort.signal);
  }

  start(): void {
    const { call } = this;
    const { draining, faults } = this.context;
    // At once, so that the client knows the stream is open before its first answer.
    call.sendMetadata(new Metadata());
    call.on('data', (request: ConsumeRequest) => this.#receive(request));
    call.on('end', () => this.#halfClose());
    call.on('cancelled', () => this.#closed());
    if (draining.aborted) this.#onDrain();
    else draining.addEventListener('abort', this.#onDrain, { once: true });
    this.#serve().then(
      () => call.end(),
      (error: unknown) => {
        if (error === CANCELLED) return;
        faults.report(error, 'Consume');
        call.emit('error', callError(error));
      },
    );
  }

  #receive(request: ConsumeRequest): void {
    if (this.#end) return;
    try {
      if (!this.#member) this.#join(request);
      else if (request.join) throw invalidArgument('join', 'may be in the first message only');
      else this.#hear(this.#member, request);
    } catch (error) {
      this.#finish(error);
    }
  }

  #join(first: ConsumeRequest): void {
    if (!first.join) throw invalidArgument('join', 'is missing; the first message must join a group');
    const terms = decodeJoin(first.join, this.call.getPeer());
    const request = { ...terms, makeRoom: (bytes: number) => this.#makeRoom(bytes) };
    // What the client says further waits until there is a member to hear it.
    this.call.pause();
    this.context.groups.join(request).then(
      (member) => this.#joined(member, first),
      (error: unknown) => this.#finish(error),
    );
  }

  #joined(member: Member, first: ConsumeRequest): void {
    if (this.#end || this.#abort.signal.aborted) {
      member.disconnected();
      return;
    }
    const { commitMeter: meter, faults } = this.context;
    const { gate } = this.#controls;
    this.#member = member;
    this.#answers = new CommitAnswers({ member, gate, meter, faults, onReady: () => this.#wake() });
    this.#tell({ response: { joined: encodeJoined(member) }, bytes: 0 });
    try {
      this.#hear(member, first);
    } catch (error) {
      this.#finish(error);
    }
    this.call.resume();
  }

  #hear(member: Member, { creditBytes, commits, released, controls, leave }: ConsumeRequest): void {
    member.heard();
    member.grant(this.#credit.grant(creditBytes));
    for (const commit of commits) this.#answers?.receive(commit);
    if (released.length > 0) member.release(released.map(decodeOwned));
    for (const control of controls) applyControl(member, control);
    if (leave) member.leave();
  }

  #halfClose(): void {
    if (this.#member) this.#member.disconnected();
    else this.#finish(invalidArgument('join', 'is missing; the stream ended without a message'));
  }

  /** Sends all that is ready in one message, and the next one when there is room for it, until there is nothing more to send. */
  async #serve(): Promise<void> {
    const { signal } = this.#abort;
    while (!this.#isDone()) {
      signal.throwIfAborted();
      const { answers, heldBytes } = this.#answers?.take() ?? NO_ANSWERS;
      const told = this.#toTell;
      this.#toTell = undefined;
      if (!told && answers.length === 0) {
        await this.#woken();
        continue;
      }
      const bytes = RESPONSE_BYTES + (told?.bytes ?? 0) + answers.length * ANSWER_BYTES;
      await this.#writer.write({ ...told?.response, commits: answers }, bytes, signal);
      this.#controls.gate.releaseOwn(heldBytes);
      if (told) this.#pull();
    }
    if (this.#end?.error !== undefined) throw this.#end.error;
  }

  #isDone(): boolean {
    return this.#end !== undefined && !this.#toTell && (this.#answers?.isEmpty ?? true);
  }

  /** Looks for the next thing to tell the member. */
  #pull(): void {
    if (this.#end || !this.#member) return;
    this.#next(this.#member).then(
      (telling) => (telling ? this.#tell(telling) : this.#finish()),
      (error: unknown) => this.#finish(error),
    );
  }

  /** Undefined: the membership has ended in good order. */
  async #next(member: Member): Promise<Telling | undefined> {
    const event = await member.next();
    if (event === undefined) return undefined;
    const telling = { response: encodeEvent(event), bytes: eventBytes(event) };
    if (event.event !== 'batches') return telling;
    const { metrics } = this.context;
    metrics.groups.sentBytes.inc({ topic: metrics.topicLabel.of(event.topic) }, event.batches.length);
    this.#credit.use(event.batches.length);
    return telling;
  }

  /** Room for what is about to be read, kept until it is on its way. See `JoinRequest.makeRoom`. */
  async #makeRoom(bytes: number): Promise<() => void> {
    try {
      await this.#buffer.reserve(bytes, this.#abort.signal);
      return () => this.#buffer.release();
    } catch {
      // The stream is over: what is read is not kept.
      return () => {};
    }
  }

  #tell(telling: Telling): void {
    this.#toTell = telling;
    this.#wake();
  }

  /** Nothing more is told but answers to commits. Then the call ends, with the error if there is one. */
  #finish(error?: unknown): void {
    this.#end ??= { error };
    if (error !== undefined) {
      this.#controls.gate.close();
      this.#leaveGroup();
    }
    this.#wake();
  }

  /** The call is over, in whatever way. */
  #closed(): void {
    this.context.draining.removeEventListener('abort', this.#onDrain);
    this.#abort.abort(CANCELLED);
    this.#buffer.close();
    this.#leaveGroup();
    this.#wake();
  }

  /** Not when the broker ends: then all memberships end at once, and no partition has to go from one to the other before. */
  #leaveGroup(): void {
    if (!this.context.draining.aborted) this.#member?.disconnected();
  }

  /** Behind all promises that resolve with this one, so that all answers of one write to the log travel in one message. */
  #wake(): void {
    if (this.#isWakeScheduled) return;
    this.#isWakeScheduled = true;
    process.nextTick(() => {
      this.#isWakeScheduled = false;
      this.#onWoken();
    });
  }

  #woken(): Promise<void> {
    return new Promise((resolve) => {
      this.#onWoken = resolve;
    });
  }
}

const NO_ANSWERS: ReadyAnswers = { answers: [], heldBytes: 0 };

function encodeJoined({
  memberId,
  sessionTimeoutMs,
  revocationTimeoutMs,
}: Member): respool.v1.JoinedGroup.$Properties {
  return { memberId, sessionTimeoutMs, revocationTimeoutMs };
}
