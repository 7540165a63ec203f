/** A client that sends batches and sends them again until it knows that they are stored. */
import type { Appended } from '../../segment-store/index.js';
import { type ClientContext, keyOf, type PartitionName } from './client-context.js';
import { type Answer, type Life, outcomeOf } from './life.js';
import { type ClientRecord, checkedValue, encodeBatch, randomRecords } from './sent-batch.js';

interface Batch {
  records: ClientRecord[];
  /** The sequence number of the first record; undefined for a plain producer. */
  baseSequence: number | undefined;
}

const MAX_IN_FLIGHT = 4;
const PAUSE_MS = 3;
/** How often a plain producer sends a batch again whose fate it does not know, at the risk of a duplicate. */
const PLAIN_RETRY_CHANCE = 0.5;

export class ProducerClient {
  readonly #target: PartitionName;
  readonly #idempotent: boolean;
  #producerId: number | undefined;
  #nextSequence = 0;
  /** Not known to be stored, in the order of sequence numbers. */
  #unacknowledged: Batch[] = [];
  #knownToPartition = false;

  constructor(private readonly context: ClientContext) {
    this.#target = context.random.pick(context.partitions);
    this.#idempotent = context.random.chance(0.7);
  }

  async run(): Promise<void> {
    for (;;) {
      await this.context.process.sleep(this.context.random.next() * PAUSE_MS);
      const life = await this.context.nextLife();
      if (!life) return;
      const more = this.context.random.between(1, MAX_IN_FLIGHT + 1);
      while (this.#unacknowledged.length < more) this.#unacknowledged.push(this.#newBatch());
      if (await this.#hasIdentity(life)) await this.#sendAll(life);
    }
  }

  /** Sends what is left, now that all is well; what cannot be stored even then is as good as lost. */
  async drain(life: Life): Promise<void> {
    if (!this.#idempotent || !(await this.#hasIdentity(life))) return;
    await this.#sendAll(life);
    for (const { records } of this.#unacknowledged)
      this.context.broken(`${numbersOf(records)} can never be stored`);
  }

  async #hasIdentity(life: Life): Promise<boolean> {
    if (!this.#idempotent || this.#producerId !== undefined) return true;
    const answer = await life.call((store) => store.allocateProducerId());
    if (answer.answer === 'ok') this.#producerId = answer.value;
    return answer.answer === 'ok';
  }

  /** Sends all that is unacknowledged at once, and waits for every answer. */
  async #sendAll(life: Life): Promise<void> {
    const batches = this.#unacknowledged;
    const kept = await Promise.all(
      batches.map(async (batch) => [batch, await this.#send(life, batch)] as const),
    );
    this.#unacknowledged = kept.filter(([, keep]) => keep).map(([batch]) => batch);
  }

  #newBatch(): Batch {
    const { random, process } = this.context;
    const records = randomRecords(random, process.clock.wallMs(), () => this.context.nextNumber());
    const baseSequence = this.#idempotent ? this.#nextSequence : undefined;
    this.#nextSequence += records.length;
    return { records, baseSequence };
  }

  /** True if the batch is to be sent again. */
  async #send(life: Life, { records, baseSequence }: Batch): Promise<boolean> {
    const { topic, partition } = this.#target;
    const producer =
      baseSequence === undefined
        ? undefined
        : { producerId: this.#producerId ?? 0, producerEpoch: 0, baseSequence };
    const bytes = encodeBatch(records, producer);
    const call = this.context.recorder.send(keyOf(this.#target), records.map(checkedValue), this.#idempotent);
    const answer = await life.call((store) => store.append(topic, partition, bytes));
    const outcome = outcomeOf(answer);
    this.context.recorder.sent(call, outcome, answer.answer === 'ok' ? answer.value.baseOffset : undefined);
    this.#tell(records, answer);
    if (outcome === 'ok') {
      this.#knownToPartition = true;
      return false;
    }
    return this.#idempotent || this.context.random.chance(PLAIN_RETRY_CHANCE);
  }

  #tell(records: readonly ClientRecord[], answer: Answer<Appended>): void {
    const numbers = numbersOf(records);
    const how = {
      ok: () => `acknowledged at ${answer.answer === 'ok' ? answer.value.baseOffset : ''}`,
      error: () => `refused: ${answer.answer === 'error' ? answer.error.message : ''}`,
      none: () => 'no answer',
    };
    this.context.tell(`${keyOf(this.#target)} ${numbers}: ${how[answer.answer]()}`);
    if (answer.answer === 'error' && this.#isUnexpected(answer.error.code)) {
      this.context.broken(
        `an append of ${numbers} was refused with ${answer.error.code}: ${answer.error.message}`,
      );
    }
  }

  #isUnexpected(code: string): boolean {
    return UNEXPECTED_CODES.includes(code) || (code === 'UNKNOWN_PRODUCER' && this.#knownToPartition);
  }
}

/** What no append of these clients may be answered with. */
const UNEXPECTED_CODES = ['PRODUCER_FENCED', 'INVALID_BATCH', 'INVALID_ARGUMENT', 'TOPIC_NOT_FOUND'];

function numbersOf(records: readonly ClientRecord[]): string {
  return records.map(({ content }) => content.split(' ')[0]).join(' ');
}
