import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { REMEMBERED_BATCHES } from '../../proto/record-batch/index.js';
import { PartitionQueue, type PartitionQueueOptions } from '../../sdk/producer/partition-queue.js';
import type { Failed, QueuedBatch, Refusal, Slot } from '../../sdk/producer/queued-batch.js';

interface TestBatch extends QueuedBatch {
  readonly name: string;
}

const IDENTITY = { producerId: 7, producerEpoch: 0 };

function batch(name: string, { recordsCount = 1, deadlineMs = 1000, ready = true } = {}): TestBatch {
  return { name, recordsCount, deadlineMs, ready };
}

function queueOf(names: string[], options: Partial<PartitionQueueOptions> = {}): PartitionQueue<TestBatch> {
  const queue = new PartitionQueue<TestBatch>({
    idempotent: true,
    maxInFlight: 5,
    backOffMs: (refusals) => refusals * 10,
    ...options,
  });
  for (const name of names) queue.add(batch(name));
  if (options.idempotent !== false) queue.adopt(IDENTITY);
  return queue;
}

const shown = (slots: Slot<TestBatch>[]): string[] =>
  slots.map(({ batch, signature }) =>
    signature ? `${batch.name} ${signature.producerEpoch}/${signature.baseSequence}` : batch.name,
  );

const failures = (failed: Failed<TestBatch>): string[] =>
  failed.map(({ batch, failure }) => `${batch.name} ${failure.kind}`);

const LATER: Refusal = { kind: 'retry', uncertain: false };
const GAP: Refusal = { kind: 'gap', stored: false };

describe('the queue of a partition', () => {
  it('sends in order, numbered by records, within the window', () => {
    const queue = new PartitionQueue<TestBatch>({ idempotent: true, maxInFlight: 2, backOffMs: () => 0 });
    queue.add(batch('a', { recordsCount: 3 }));
    queue.add(batch('b', { recordsCount: 2 }));
    queue.add(batch('c'));
    expect(queue.needsIdentity).toBe(true);
    expect(queue.take(0)).toEqual([]);
    queue.adopt(IDENTITY);
    const [a] = queue.take(0);
    expect(queue.take(0)).toEqual([]);
    queue.stored(a!);
    expect(shown(queue.take(0))).toEqual(['c 0/5']);
    queue.checkInvariants();
  });

  it('sends nothing past a batch that is still being compressed', () => {
    const queue = queueOf(['a']);
    queue.add(batch('b', { ready: false }));
    queue.add(batch('c'));
    expect(shown(queue.take(0))).toEqual(['a 0/0']);
  });

  it('wraps sequence numbers from 2^31 - 1 to 0', () => {
    const queue = queueOf([]);
    queue.add(batch('a', { recordsCount: 2 ** 31 - 1 }));
    queue.add(batch('b', { recordsCount: 2 }));
    queue.add(batch('c'));
    expect(shown(queue.take(0))).toEqual(['a 0/0', `b 0/${2 ** 31 - 1}`, 'c 0/1']);
    queue.checkInvariants();
  });

  it('sends again from the first refused one, under the same numbers, after the pause, once all in flight are answered', () => {
    const queue = queueOf(['a', 'b', 'c']);
    const [a, b, c] = queue.take(0);
    queue.stored(a!);
    queue.refused(b!, LATER, 100);
    queue.add(batch('d'));
    expect(queue.take(1000)).toEqual([]);
    queue.refused(c!, GAP, 100);
    expect(queue.take(109)).toEqual([]);
    expect(queue.wakeAtMs(100)).toBe(110);
    expect(shown(queue.take(110))).toEqual(['b 0/1', 'c 0/2', 'd 0/3']);
    queue.checkInvariants();
  });

  it('pauses longer after each refusal in a row and forgets them at the first success', () => {
    const queue = queueOf(['a', 'b']);
    const [a, b] = queue.take(0);
    queue.refused(a!, LATER, 0);
    queue.refused(b!, LATER, 0);
    const again = queue.take(10);
    expect(shown(again)).toEqual(['a 0/0', 'b 0/1']);
    queue.refused(again[0]!, LATER, 10);
    queue.refused(again[1]!, GAP, 10);
    expect(queue.wakeAtMs(10)).toBe(30);
    const third = queue.take(30);
    queue.stored(third[0]!);
    queue.refused(third[1]!, LATER, 30);
    expect(queue.wakeAtMs(30)).toBe(40);
  });

  it('resends everything unanswered under the same numbers after a lost connection', () => {
    const queue = queueOf(['a', 'b', 'c']);
    const [a] = queue.take(0);
    queue.stored(a!);
    expect(queue.lost()).toEqual([]);
    expect(shown(queue.take(0))).toEqual(['b 0/1', 'c 0/2']);
    queue.checkInvariants();
  });

  it('gives new numbers, under the next epoch, to what is behind a batch that will never be stored', () => {
    const queue = queueOf(['a', 'b', 'c']);
    const [a, b, c] = queue.take(0);
    queue.stored(a!);
    expect(failures(queue.refused(b!, { kind: 'final' }, 0))).toEqual(['b refused']);
    queue.refused(c!, GAP, 0);
    queue.add(batch('d'));
    expect(shown(queue.take(0))).toEqual(['c 1/0', 'd 1/1']);
    queue.checkInvariants();
  });

  it('leaves what is in front of such a batch its numbers, if that may be stored, and lets those behind wait for it', () => {
    const queue = queueOf(['a']);
    queue.take(0);
    queue.lost();
    queue.add(batch('b'));
    queue.add(batch('c'));
    const [a, b, c] = queue.take(0);
    queue.refused(a!, LATER, 0);
    queue.refused(b!, { kind: 'final' }, 0);
    queue.refused(c!, GAP, 0);
    const again = queue.take(10);
    expect(shown(again)).toEqual(['a 0/0']);
    queue.stored(again[0]!);
    expect(shown(queue.take(10))).toEqual(['c 1/0']);
    queue.checkInvariants();
  });

  it('starts anew with another producer id when the partition has forgotten it', () => {
    const queue = queueOf(['a', 'b']);
    const [a, b] = queue.take(0);
    queue.refused(a!, { kind: 'forgotten' }, 0);
    queue.refused(b!, { kind: 'forgotten' }, 0);
    expect(queue.needsIdentity).toBe(true);
    queue.adopt({ producerId: 8, producerEpoch: 0 });
    const again = queue.take(0);
    expect(again.map(({ signature }) => signature!.producerId)).toEqual([8, 8]);
    expect(shown(again)).toEqual(['a 0/0', 'b 0/1']);
  });

  it('takes "forgotten" for a gap behind a batch that was only refused for now: a partition that has nothing knows nobody', () => {
    const queue = queueOf(['a', 'b']);
    const [a, b] = queue.take(0);
    queue.refused(a!, LATER, 0);
    queue.refused(b!, { kind: 'forgotten' }, 0);
    expect(shown(queue.take(50))).toEqual(['a 0/0', 'b 0/1']);
  });

  it('asks for another producer id when the epochs are used up', () => {
    const queue = queueOf([]);
    queue.adopt({ producerId: 7, producerEpoch: 2 ** 15 - 1 });
    queue.add(batch('a'));
    queue.add(batch('b'));
    const [a, b] = queue.take(0);
    queue.refused(a!, { kind: 'final' }, 0);
    queue.refused(b!, GAP, 0);
    expect(queue.needsIdentity).toBe(true);
    expect(queue.take(0)).toEqual([]);
  });

  it('fails what has not been sent in time, known not to be stored', () => {
    const queue = queueOf(['a']);
    expect(queue.wakeAtMs(0)).toBe(1000);
    expect(queue.expire(999)).toEqual([]);
    expect(queue.expire(1000)).toMatchObject([{ failure: { kind: 'timed out', outcomeUnknown: false } }]);
    expect(queue.length).toBe(0);
  });

  it('reports a batch in flight whose time is up as unknown, once, and takes its late answer in silence', () => {
    const queue = queueOf(['a']);
    const [a] = queue.take(0);
    expect(queue.expire(1000)).toMatchObject([{ failure: { kind: 'timed out', outcomeUnknown: true } }]);
    expect(queue.expire(2000)).toEqual([]);
    queue.stored(a!);
    expect(a!.abandoned).toBe(true);
    queue.add(batch('b'));
    expect(shown(queue.take(0))).toEqual(['b 0/1']);
    queue.checkInvariants();
  });

  it('never gives new numbers to a batch that may be stored: it sends the one that timed out before it once more', () => {
    const queue = queueOf(['a']);
    queue.add(batch('b', { deadlineMs: 5000 }));
    queue.take(0);
    queue.lost();
    queue.expire(1000);
    expect(shown(queue.take(1000))).toEqual(['a 0/0', 'b 0/1']);
  });

  it('drops what timed out and goes on under a new epoch when nothing behind it may be stored', () => {
    const queue = queueOf(['a']);
    queue.take(0);
    queue.lost();
    queue.add(batch('b', { deadlineMs: 5000 }));
    queue.expire(1000);
    expect(shown(queue.take(1000))).toEqual(['b 1/0']);
    queue.checkInvariants();
  });

  it('fails a batch that the broker has stored but no longer knows the offset of', () => {
    const queue = queueOf(['a', 'b']);
    queue.take(0);
    queue.lost();
    const [a, b] = queue.take(0);
    queue.stored(b!);
    expect(failures(queue.refused(a!, { kind: 'gap', stored: true }, 0))).toEqual(['a refused']);
    expect(queue.length).toBe(0);
  });

  it('without idempotence fails what was in flight when the connection was lost, and keeps what was not', () => {
    const queue = queueOf(['a', 'b', 'c'], { idempotent: false, maxInFlight: 2 });
    expect(shown(queue.take(0))).toEqual(['a', 'b']);
    expect(failures(queue.lost())).toEqual(['a connection lost', 'b connection lost']);
    expect(shown(queue.take(0))).toEqual(['c']);
    queue.checkInvariants();
  });

  it('without idempotence sends again what was refused for now', () => {
    const queue = queueOf(['a', 'b'], { idempotent: false });
    const [a, b] = queue.take(0);
    queue.refused(a!, LATER, 0);
    queue.stored(b!);
    expect(shown(queue.take(10))).toEqual(['a']);
  });

  it('tells of each batch, when it is cleared, whether it may be stored', () => {
    const queue = queueOf(['a', 'b'], { maxInFlight: 1 });
    queue.take(0);
    expect(queue.clear().map(({ batch, outcomeUnknown }) => [batch.name, outcomeUnknown])).toEqual([
      ['a', true],
      ['b', false],
    ]);
  });
});

/** A partition as the broker keeps it for one producer: remembers the last batches, refuses gaps and older epochs. */
class Partition {
  readonly log: string[] = [];
  #remembered: { epoch: number; first: number; count: number }[] = [];

  append({ batch, signature }: Pick<Slot<TestBatch>, 'batch' | 'signature'>): 'stored' | Refusal {
    const { producerEpoch: epoch, baseSequence: first } = signature!;
    const last = this.#remembered.at(-1);
    if (last === undefined && first !== 0) return { kind: 'forgotten' };
    if (last !== undefined && epoch < last.epoch) return { kind: 'final' };
    if (
      this.#remembered.some((r) => r.epoch === epoch && r.first === first && r.count === batch.recordsCount)
    ) {
      return 'stored';
    }
    const expected = last === undefined || epoch > last.epoch ? 0 : last.first + last.count;
    if (first !== expected) return { kind: 'gap', stored: expected > first };
    this.#remembered = [...this.#remembered, { epoch, first, count: batch.recordsCount }].slice(
      -REMEMBERED_BATCHES,
    );
    this.log.push(batch.name);
    return 'stored';
  }
}

type Step = 'add' | 'take' | 'answer' | 'refuse' | 'final' | 'cut' | 'cut late' | 'expire';

describe('whatever happens between a queue and its partition', () => {
  it('stores every delivered batch once and in order, and none twice', () => {
    const steps = fc.array(
      fc.constantFrom<Step>(
        'add',
        'add',
        'take',
        'take',
        'answer',
        'answer',
        'answer',
        'refuse',
        'final',
        'cut',
        'cut late',
        'expire',
      ),
      { maxLength: 200 },
    );
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 16 }), (history, maxInFlight) => {
        const run = new Run(maxInFlight);
        for (const step of history) run.do(step);
        run.finish();
        run.check();
      }),
      { numRuns: 3000 },
    );
  });
});

/** Plays a history: what is sent travels in order, is judged by the partition when it is answered, or is lost before or after that. */
class Run {
  readonly #partition = new Partition();
  readonly #queue: PartitionQueue<TestBatch>;
  #travelling: Slot<TestBatch>[] = [];
  #nowMs = 0;
  #added = 0;
  readonly #delivered: string[] = [];
  readonly #failed = new Map<string, boolean>();

  constructor(maxInFlight: number) {
    this.#queue = new PartitionQueue({ idempotent: true, maxInFlight, backOffMs: () => 1 });
  }

  do(step: Step): void {
    this.#nowMs += 2;
    if (this.#queue.needsIdentity) this.#queue.adopt(IDENTITY);
    this.#play(step);
    this.#queue.checkInvariants();
  }

  finish(): void {
    for (let i = 0; i < 1000 && this.#queue.length > 0; i++) this.do(i % 2 === 0 ? 'take' : 'answer');
  }

  check(): void {
    const { log } = this.#partition;
    expect(this.#queue.length).toBe(0);
    expect(new Set(log).size).toBe(log.length);
    expect(log).toEqual(expect.arrayContaining(this.#delivered));
    expect(new Set(this.#delivered).size).toBe(this.#delivered.length);
    for (const [name, outcomeUnknown] of this.#failed) if (!outcomeUnknown) expect(log).not.toContain(name);
    expect(this.#delivered.length + this.#failed.size).toBe(this.#added);
    expect([...log].sort(byNumber)).toEqual(log);
  }

  #play(step: Step): void {
    switch (step) {
      case 'add':
        this.#queue.add(
          batch(String(this.#added), {
            recordsCount: (this.#added % 3) + 1,
            deadlineMs: this.#nowMs + [20, 90, 40, 60][this.#added++ % 4]!,
          }),
        );
        break;
      case 'take':
        this.#travelling.push(...this.#queue.take(this.#nowMs));
        break;
      case 'answer':
        this.#answer((slot) => this.#partition.append(slot));
        break;
      case 'refuse':
        this.#answer(() => LATER);
        break;
      case 'final':
        this.#answer((slot) =>
          this.#mayStillBeStored(slot) ? this.#partition.append(slot) : { kind: 'final' },
        );
        break;
      case 'cut late':
        for (const slot of this.#travelling) this.#partition.append(slot);
        this.#cut();
        break;
      case 'cut':
        this.#cut();
        break;
      case 'expire':
        this.#note(this.#queue.expire(this.#nowMs));
    }
  }

  /** A broker that refuses a batch for good does so each time: it never refuses one that it has stored, or may have. */
  #mayStillBeStored(slot: Slot<TestBatch>): boolean {
    return slot.uncertain || this.#partition.log.includes(slot.batch.name);
  }

  #answer(judge: (slot: Slot<TestBatch>) => 'stored' | Refusal): void {
    const slot = this.#travelling.shift();
    if (slot === undefined) return;
    const answer = judge(slot);
    if (answer === 'stored') {
      if (!slot.abandoned) this.#delivered.push(slot.batch.name);
      this.#note(this.#queue.stored(slot));
    } else {
      this.#note(this.#queue.refused(slot, answer, this.#nowMs));
    }
  }

  #cut(): void {
    this.#travelling = [];
    this.#note(this.#queue.lost());
  }

  #note(failed: Failed<TestBatch>): void {
    for (const { batch, failure } of failed) {
      expect(this.#failed.has(batch.name)).toBe(false);
      this.#failed.set(batch.name, failure.kind === 'timed out' && failure.outcomeUnknown);
    }
  }
}

const byNumber = (a: string, b: string): number => Number(a) - Number(b);
