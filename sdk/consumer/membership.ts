import type { respool } from '../../proto/index.js';
import { type Connection, RespoolError } from '../connection/index.js';
import type { Arrival } from './arrival.js';
import { ArrivalQueue } from './arrival-queue.js';
import type { Assignment } from './assignment.js';
import { ConsumeStream } from './consume-stream.js';
import { joinRequest } from './join-request.js';
import { fromWireRefusal, fromWireSkipped, nameOf, type RefusedOffset } from './member-answer.js';
import { partitionKey, type WireOffset } from './offsets-to-commit.js';
import { MAX_OFFSETS_OF_COMMIT, Outbox } from './outbox.js';
import type { OwnedPartition } from './owned-partition.js';
import type { ResolvedConsumerOptions } from './resolved-consumer-options.js';

type ConsumeResponse = respool.v1.ConsumeResponse;
type PartitionBatches = respool.v1.PartitionBatches.$Properties;
type SkippedRange = respool.v1.SkippedRange.$Properties;

/** What a membership tells whoever made it. */
export interface MembershipEvents {
  /** The assignment has changed, or something has come. */
  onNews(): void;
  /** The broker has taken the member. */
  onJoined(): void;
  /** The broker has given the member an assignment. */
  onAssigned(): void;
  /** It is over; nothing comes after this. */
  onEnded(error: RespoolError): void;
}

/** Signs of life come so many times within a session time-out. */
const SIGNS_PER_SESSION = 3;

/**
 * One membership of the group, which is one stream: joins when made, and keeps itself alive by a timer, so that the broker waits for a slow handler. What the broker says of the
 * assignment goes into `assignment`, what it sends into a queue.
 */
export class Membership {
  readonly #assignment: Assignment;
  readonly #events: MembershipEvents;
  readonly #stream: ConsumeStream;
  readonly #outbox: Outbox;
  readonly #queue = new ArrivalQueue();
  readonly #unanswered = new Map<number, Unanswered>();
  #nextCorrelationId = 1;
  #memberId: string | undefined;
  #signs: NodeJS.Timeout | undefined;
  #pumping = false;
  #ended = false;

  constructor(
    connection: Connection,
    options: ResolvedConsumerOptions,
    assignment: Assignment,
    events: MembershipEvents,
  ) {
    this.#assignment = assignment;
    this.#events = events;
    this.#outbox = new Outbox(options.maxBufferedBytes / 4);
    this.#stream = new ConsumeStream(connection, {
      onResponse: (response) => this.#hear(response),
      onWritable: () => this.#pump(),
      onEnded: (error) => {
        this.#over(error);
        events.onEnded(error);
      },
    });
    this.#stream.write(joinRequest(options));
  }

  /** The id that the broker gave; undefined: not yet. */
  get memberId(): string | undefined {
    return this.#memberId;
  }

  /** The next thing that has come. */
  take(): Arrival | undefined {
    return this.#queue.take();
  }

  /** An arrival is consumed or dropped: as much may come again. */
  grant(bytes: number): void {
    this.#outbox.grant(bytes);
    this.#schedule();
  }

  /** Resolves with what was refused when all else is durable. UNAVAILABLE, with `outcomeUnknown`: the connection was lost before. */
  async commit(offsets: readonly WireOffset[]): Promise<RefusedOffset[]> {
    const answers: Promise<RefusedOffset[]>[] = [];
    for (let i = 0; i < offsets.length; i += MAX_OFFSETS_OF_COMMIT) {
      answers.push(this.#commit(offsets.slice(i, i + MAX_OFFSETS_OF_COMMIT)));
    }
    return (await Promise.all(answers)).flat();
  }

  /** Gives a partition up, behind the commits made so far. */
  release({ assigned: { topic, partition, generation } }: OwnedPartition): void {
    this.#outbox.release({ topic, partition, generation });
    this.#schedule();
  }

  /** Stops or resumes what is sent of a partition. */
  pause({ assigned: { topic, partition, generation } }: OwnedPartition, paused: boolean): void {
    this.#outbox.control({ partition: { topic, partition, generation }, paused });
    this.#schedule();
  }

  /** Has the broker go on at the partition's position, under its seek number. */
  seek({ assigned: { topic, partition, generation }, position, seekNumber }: OwnedPartition): void {
    this.#outbox.control({
      partition: { topic, partition, generation },
      seek: { offset: position, seekNumber },
    });
    this.#schedule();
  }

  /** Leaves for good. The broker answers what is open, and then the membership ends. */
  leave(): void {
    this.#outbox.leave();
    this.#schedule();
  }

  /** Ends it without a word; `onEnded` is not called. What is not answered rejects with `error`. Idempotent. */
  close(error: RespoolError): void {
    this.#stream.close();
    this.#over(error);
  }

  #commit(offsets: WireOffset[]): Promise<RefusedOffset[]> {
    if (this.#ended) return Promise.reject(new RespoolError('UNAVAILABLE', 'the membership has ended'));
    const correlationId = this.#nextCorrelationId++;
    const answer = new Promise<RefusedOffset[]>((resolve, reject) => {
      this.#unanswered.set(correlationId, { resolve, reject });
    });
    this.#outbox.commit(correlationId, offsets);
    this.#schedule();
    return answer;
  }

  /** Behind everything of this turn, so that what belongs together travels together. */
  #schedule(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    queueMicrotask(() => {
      this.#pumping = false;
      this.#pump();
    });
  }

  #pump(): void {
    if (this.#ended || !this.#stream.writable) return;
    const request = this.#outbox.take();
    if (request !== undefined) this.#stream.write(request);
  }

  #hear(response: ConsumeResponse): void {
    const { joined, assignment, commits, batches, skipped } = response;
    if (joined) this.#joined(joined.memberId ?? '', joined.sessionTimeoutMs ?? 0);
    for (const answer of commits) this.#answered(answer);
    if (assignment) this.#reassign(assignment);
    if (batches) this.#arrived(batches);
    if (skipped) this.#wentPast(skipped);
    if (assignment || batches || skipped) this.#events.onNews();
  }

  #joined(memberId: string, sessionTimeoutMs: number): void {
    this.#memberId = memberId;
    this.#events.onJoined();
    const everyMs = Math.max(1, Math.floor(sessionTimeoutMs / SIGNS_PER_SESSION));
    this.#signs ??= setInterval(() => {
      // Whoever waits for the last message to leave says nothing new by one more.
      if (this.#stream.writable) this.#stream.write(this.#outbox.take() ?? this.#outbox.takeCredit());
    }, everyMs);
  }

  #answered({ correlationId, refused }: respool.v1.CommitAnswer.$Properties): void {
    const unanswered = this.#unanswered.get(correlationId ?? 0);
    this.#unanswered.delete(correlationId ?? 0);
    unanswered?.resolve((refused ?? []).map(fromWireRefusal));
  }

  #reassign(change: respool.v1.AssignmentChange.$Properties): void {
    for (const partition of this.#assignment.apply(change)) this.release(partition);
    for (const partition of change.assigned ?? []) {
      const owned = this.#assignment.owned(partitionKey(nameOf(partition)));
      if (owned?.paused) this.pause(owned, true);
    }
    this.#events.onAssigned();
  }

  #arrived(wire: PartitionBatches): void {
    const bytes = wire.batches ?? new Uint8Array();
    const partition = this.#assignment.owned(partitionKey(nameOf(wire)));
    if (partition === undefined || partition.assigned.generation !== wire.generation) {
      this.grant(bytes.length);
      return;
    }
    this.#queue.add({
      partition,
      seekNumber: wire.seekNumber ?? 0,
      bytes,
      nextOffset: wire.nextOffset ?? 0,
      highWatermark: wire.highWatermark ?? 0,
    });
  }

  #wentPast(wire: SkippedRange): void {
    const partition = this.#assignment.owned(partitionKey(nameOf(wire)));
    if (partition !== undefined) this.#queue.add({ partition, skipped: fromWireSkipped(wire) });
  }

  #over(error: RespoolError): void {
    if (this.#ended) return;
    this.#ended = true;
    clearInterval(this.#signs);
    const unanswered = [...this.#unanswered.values()];
    this.#unanswered.clear();
    for (const { reject } of unanswered) reject(withoutAnswer(error));
  }
}

interface Unanswered {
  resolve(refused: RefusedOffset[]): void;
  reject(error: RespoolError): void;
}

function withoutAnswer(cause: RespoolError): RespoolError {
  const message = `the membership ended before the commit was answered: ${cause.message}`;
  return new RespoolError('UNAVAILABLE', message, { cause, outcomeUnknown: true });
}
