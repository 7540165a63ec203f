/** A client that reads a partition from some place on, waits for more at the end, and now and then goes elsewhere. */
import { isStoreError, type ReadBatches } from '../../segment-store/index.js';
import { type ClientContext, keyOf, type PartitionName } from './client-context.js';
import type { Answer, Life } from './life.js';
import { decodeBatches } from './sent-batch.js';

const PAUSE_MS = 4;
const WAIT_MS = 10;

export class ReaderClient {
  readonly #name: string;
  #target: PartitionName;
  #offset = 0;
  #seeks = 0;

  constructor(
    private readonly context: ClientContext,
    number: number,
  ) {
    this.#name = `reader ${number}`;
    this.#target = context.random.pick(context.partitions);
  }

  async run(): Promise<void> {
    for (;;) {
      await this.context.process.sleep(this.context.random.next() * PAUSE_MS);
      const life = await this.context.nextLife();
      if (!life) return;
      if (this.context.random.chance(0.05)) await this.#goElsewhere(life);
      else if (await this.#readOnce(life)) await this.#awaitMore(life);
    }
  }

  /** True if there was nothing new. */
  async #readOnce(life: Life): Promise<boolean> {
    const { topic, partition } = this.#target;
    const begun = this.context.recorder.moment();
    const maxBytes = this.context.random.pick([1, 500, 5000]);
    const answer = await life.call((store) => store.read(topic, partition, this.#offset, maxBytes));
    if (answer.answer !== 'ok') {
      this.#judgeRefusal(answer);
      return false;
    }
    return this.#note(begun, answer.value);
  }

  #note(begun: number, read: ReadBatches): boolean {
    const records = decodeBatches(read.batches, this.#offset);
    this.context.recorder.read(keyOf(this.#target), `${this.#name}.${this.#seeks}`, begun, records, read);
    if (read.nextOffset < this.#offset)
      this.context.broken(`${this.#name} is sent back to ${read.nextOffset}`);
    this.#offset = read.nextOffset;
    return records.length === 0;
  }

  #judgeRefusal(answer: Answer<ReadBatches>): void {
    if (answer.answer !== 'error') return;
    const { error } = answer;
    if (isStoreError(error, 'OFFSET_OUT_OF_RANGE')) {
      const { offset, startOffset, endOffset } = error.details;
      // The prefix may have been deleted, but the end never goes back behind what was read.
      if (offset >= startOffset)
        this.context.broken(`${this.#name} has read up to ${offset}, and the log ends at ${endOffset}`);
      this.#seek(startOffset);
    } else if (isStoreError(error, 'CORRUPT_BATCH')) {
      this.#seek(error.details.endOffset);
    } else if (!isStoreError(error, 'SHUTTING_DOWN')) {
      this.context.tell(`${this.#name}: ${error.message}`);
    }
  }

  async #awaitMore(life: Life): Promise<void> {
    const { topic, partition } = this.#target;
    const timeout = new AbortController();
    const cancel = this.context.process.clock.after(WAIT_MS, () =>
      timeout.abort(new Error('waited long enough')),
    );
    try {
      await life.call((store) => store.awaitRecords(topic, partition, this.#offset, timeout.signal));
    } catch (error) {
      if (error !== timeout.signal.reason) throw error;
    } finally {
      cancel();
    }
  }

  async #goElsewhere(life: Life): Promise<void> {
    this.#target = this.context.random.pick(this.context.partitions);
    const { topic, partition } = this.#target;
    const answer = await life.call((store) => store.bounds(topic, partition));
    if (answer.answer !== 'ok') return this.#seek(0);
    const { logStartOffset, recoveryPoint, highWatermark, logEndOffset } = answer.value;
    if (
      !(logStartOffset <= recoveryPoint && recoveryPoint <= highWatermark && highWatermark <= logEndOffset)
    ) {
      this.context.broken(`the bounds of ${keyOf(this.#target)} contradict: ${JSON.stringify(answer.value)}`);
    }
    this.#seek(this.context.random.between(logStartOffset, highWatermark + 1));
  }

  #seek(offset: number): void {
    this.#offset = offset;
    this.#seeks += 1;
  }
}
