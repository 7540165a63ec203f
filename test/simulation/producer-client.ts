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

  constructor(private readonly context: ClientContext) {
    this.#target = context.random.pick(context.partitions);
    this.#idempotent = context.random.chance(0.7);
  }

  async run(): Promise<void> {
    for (;;) {
      await this.context.process.sleep(this.context.random.next() * PAUSE_MS);
      const life = await this.context.nextLife();
      if (!life) return;
      if (await this.#hasIdentity(life)) await this.#sendRound(life);
    }
  }

  async #hasIdentity(life: Life): Promise<boolean> {
    if (!this.#idempotent || this.#producerId !== undefined) return true;
    const answer = await life.call((store) => store.allocateProducerId());
    if (answer.answer === 'ok') this.#producerId = answer.value;
    return answer.answer === 'ok';
  }

  /** Sends what is unacknowledged and some more, all at once, and waits for every answer. */
  async #sendRound(life: Life): Promise<void> {
    const wanted = this.context.random.between(1, MAX_IN_FLIGHT + 1);
    while (this.#unacknowledged.length < wanted) this.#unacknowledged.push(this.#newBatch());
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
    if (outcome === 'ok') return false;
    return this.#idempotent || this.context.random.chance(PLAIN_RETRY_CHANCE);
  }

  #tell(records: readonly ClientRecord[], answer: Answer<Appended>): void {
    const numbers = records.map(({ content }) => content.split(' ')[0]).join(' ');
    const how = {
      ok: () => `acknowledged at ${answer.answer === 'ok' ? answer.value.baseOffset : ''}`,
      error: () => `refused: ${answer.answer === 'error' ? answer.error.message : ''}`,
      none: () => 'no answer',
    };
    this.context.tell(`${keyOf(this.#target)} ${numbers}: ${how[answer.answer]()}`);
    if (answer.answer === 'error' && UNEXPECTED_CODES.includes(answer.error.code)) {
      this.context.broken(
        `an append of ${numbers} was refused with ${answer.error.code}: ${answer.error.message}`,
      );
    }
  }
}

/** What no append of these clients may be answered with. */
const UNEXPECTED_CODES = [
  'UNKNOWN_PRODUCER',
  'PRODUCER_FENCED',
  'INVALID_BATCH',
  'INVALID_ARGUMENT',
  'TOPIC_NOT_FOUND',
];
