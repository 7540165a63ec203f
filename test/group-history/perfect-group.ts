import type { GroupHistory } from './group-event.js';
import { HandMadeHistory } from './hand-made-history.js';

/** What happens next; messages between broker and consumers are on their way until a step has them arrive. */
export type GroupStep = (typeof GROUP_STEPS)[number];

export const GROUP_STEPS = [
  ...['join', 'leave', 'hear', 'read', 'commit', 'arrive', 'arrive', 'hear'],
  ...['give', 'revoke', 'expel', 'reset', 'executeReset', 'answerReset', 'describe'],
] as const;

type Answer = () => void;

interface Consumer {
  name: string;
  joined: boolean;
  /** On their way to it, and from it. */
  inbox: Answer[];
  outbox: Answer[];
  /** As far as it knows. */
  owned: { generation: number; next: number } | undefined;
}

/** A group of three consumers and one partition that does everything right, however long its messages take. */
export class PerfectGroup {
  readonly #told: HandMadeHistory;
  readonly #consumers: Consumer[] = ['a', 'b', 'c'].map((name) => ({
    ...{ name, joined: false, inbox: [], outbox: [], owned: undefined },
  }));
  readonly #members = new Set<Consumer>();
  readonly #resets: { call: string; offset: number; executed: boolean }[] = [];
  /** Where resets go, back and forth. Odd ones, which no member commits. */
  readonly #freeOffsets: number[];
  #owner: Consumer | undefined;
  #generation = 0;
  #ownedIn = 0;
  #committed: number | undefined;
  #memberships = 0;

  /** `endOffset`: even, no multiple of 7. */
  constructor(private readonly endOffset: number) {
    this.#told = new HandMadeHistory(endOffset);
    const odd = Array.from({ length: endOffset / 2 }, (_, i) => 2 * i + 1);
    this.#freeOffsets = odd.toSorted((a, b) => ((a * 7) % endOffset) - ((b * 7) % endOffset));
  }

  take(step: GroupStep, number: number): void {
    this[step](this.#consumers[number % this.#consumers.length]!);
  }

  /** Everything arrives, and somebody reads on to the end. */
  end(): GroupHistory {
    for (const consumer of this.#consumers) this.#settle(consumer);
    if (this.#owner) this.expel();
    const [last] = this.#consumers as [Consumer];
    if (last.joined) this.leave(last);
    this.#settle(last);
    this.join(last);
    this.give(last);
    this.#settle(last);
    while (last.owned && last.owned.next < this.endOffset) this.read(last);
    return this.#told.history();
  }

  private join(consumer: Consumer): void {
    if (consumer.joined || consumer.inbox.length + consumer.outbox.length > 0) return;
    consumer.joined = true;
    this.#memberships += 1;
    this.#told.joins(consumer.name);
    this.#members.add(consumer);
  }

  private leave(consumer: Consumer): void {
    if (!consumer.joined) return;
    consumer.joined = false;
    consumer.owned = undefined;
    this.#told.leaves(consumer.name);
    consumer.outbox.push(() => this.#removed(consumer));
  }

  private hear(consumer: Consumer): void {
    consumer.inbox.shift()?.();
  }

  private arrive(consumer: Consumer): void {
    consumer.outbox.shift()?.();
  }

  private read({ name, owned }: Consumer): void {
    if (!owned || owned.next === this.endOffset) return;
    // To the next even offset.
    const to = owned.next + 2 - (owned.next % 2);
    this.#told.reads(name, owned.generation, owned.next, to);
    owned.next = to;
  }

  private commit(consumer: Consumer): void {
    const { name, owned, outbox, inbox } = consumer;
    if (!owned || owned.next % 2 !== 0) return;
    const { generation, next } = owned;
    const call = this.#told.commits(name, generation, next);
    outbox.push(() => {
      const taken = this.#owner === consumer && this.#ownedIn === generation;
      if (taken) this.#committed = next;
      // Whoever was expelled hears nothing more.
      if (this.#members.has(consumer))
        inbox.push(() => this.#told.answers(call, taken ? 'ok' : 'refused', 'STALE_GENERATION'));
    });
  }

  private give(consumer: Consumer): void {
    if (this.#owner || !this.#members.has(consumer)) return;
    this.#owner = consumer;
    this.#generation += 1;
    this.#ownedIn = this.#generation;
    const generation = this.#generation;
    const next = this.#committed ?? 0;
    const member = `membership ${this.#memberships} of ${consumer.name}`;
    consumer.inbox.push(() => {
      if (!consumer.joined) return;
      this.#told.owns(consumer.name, generation, next, { member });
      consumer.owned = { generation, next };
    });
  }

  private revoke(): void {
    const owner = this.#owner;
    owner?.inbox.push(() => {
      if (!owner.owned) return;
      this.#told.isRevoked(owner.name);
      this.commit(owner);
      const { generation } = owner.owned;
      owner.owned = undefined;
      this.#told.releases(owner.name);
      owner.outbox.push(() => {
        if (this.#owner === owner && this.#ownedIn === generation) this.#owner = undefined;
      });
    });
  }

  private expel(): void {
    const owner = this.#owner;
    if (!owner) return;
    this.#removed(owner);
    owner.inbox.push(() => {
      if (!owner.joined) return;
      if (owner.owned) this.#told.loses(owner.name);
      owner.owned = undefined;
      owner.joined = false;
    });
  }

  private reset(): void {
    if (this.#resets.length > 0 || this.#freeOffsets.length === 0) return;
    const offset = this.#freeOffsets.shift()!;
    this.#resets.push({ call: this.#told.resets(offset), offset, executed: false });
  }

  private executeReset(): void {
    const reset = this.#resets[0];
    if (!reset || reset.executed) return;
    reset.executed = true;
    this.#committed = reset.offset;
    const owner = this.#owner;
    this.#owner = undefined;
    if (owner) this.give(owner);
  }

  private answerReset(): void {
    if (!this.#resets[0]?.executed) return;
    this.#told.answers(this.#resets.shift()!.call, 'ok');
  }

  private describe(): void {
    this.#told.shows(this.#committed);
  }

  #removed(consumer: Consumer): void {
    this.#members.delete(consumer);
    if (this.#owner === consumer) this.#owner = undefined;
  }

  #settle(consumer: Consumer): void {
    while (consumer.inbox.length + consumer.outbox.length > 0) {
      this.arrive(consumer);
      this.hear(consumer);
    }
  }
}
