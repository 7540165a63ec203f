import { setTimeout as elapse } from 'node:timers/promises';
import { type Consumer, type Respool, RespoolError, type TopicPartition } from '../../sdk/index.js';
import type { EventFile } from './event-file.js';
import type { MemberSettings } from './member-order.js';

/** The broker said that it did not store the commit. After any other error it may have. */
const REFUSALS: ReadonlySet<string> = new Set([
  ...['STALE_GENERATION', 'PARTITION_NOT_OWNED', 'OFFSET_OUT_OF_RANGE', 'INVALID_ARGUMENT'],
  ...['APPEND_QUEUE_FULL', 'DISK_FULL'],
]);
/** Commits that are sent without waiting for the answer, at a time. */
const MAX_IN_FLIGHT = 4;
/** How long whoever leaves may take for what it has in hand. */
const FINISH_MS = 10_000;
/** A consumer that commits by itself commits so often. */
const COMMIT_INTERVAL_MS = 100;

interface Place extends TopicPartition {
  generation: number;
  /** The offset behind the last record that was worked. */
  next: number;
}

/** A consumer of the SDK that takes down everything that happens to it, and everything that it is about to do. */
export class RecordedConsumer {
  readonly #consumer: Consumer;
  /** What it owns, as it was told by the hooks, and how far it has worked it. */
  readonly #places = new Map<string, Place>();
  readonly #inFlight = new Set<Promise<void>>();
  #calls = 0;

  constructor(
    client: Respool,
    private readonly settings: MemberSettings,
    private readonly events: EventFile,
    private readonly onCommitted: () => void,
  ) {
    const { consumer, group, topics, commit, sessionTimeoutMs, instanceId } = settings;
    this.#consumer = client.consumer({
      ...{ group, topics, commit, sessionTimeoutMs, instanceId, clientId: consumer },
      commitIntervalMs: COMMIT_INTERVAL_MS,
      onAssigned: (partitions) => {
        for (const { topic, partition, generation, startOffset } of partitions) {
          this.#places.set(this.#name({ topic, partition }), {
            topic,
            partition,
            generation,
            next: startOffset,
          });
          const member = this.#consumer.memberId ?? 'no member';
          this.events.take({
            ...{ kind: 'assigned', consumer, member, generation, startOffset },
            partition: this.#name({ topic, partition }),
          });
        }
      },
      onRevoked: (partitions) => this.#letGo(partitions),
      onLost: (partitions) => {
        for (const partition of partitions.map((p) => this.#name(p))) {
          this.#places.delete(partition);
          this.events.take({ kind: 'lost', consumer, partition });
        }
      },
    });
  }

  /** Joins, and works until {@link leave}. Rejects if the consumer fails. */
  async run(): Promise<void> {
    this.events.take({ kind: 'joining', consumer: this.settings.consumer });
    if (this.settings.takes === 'batches') {
      for await (const batch of this.#consumer.batches()) {
        const values = [...batch.records()].map(({ value }) => Number(value));
        await this.#work(batch, batch.generation, batch.startOffset, values);
      }
      return;
    }
    for await (const record of this.#consumer) {
      // Hooks are called between two records, so it is the generation in which this one was handed out.
      const { generation } = this.#places.get(this.#name(record)) ?? { generation: 0 };
      await this.#work(record, generation, record.offset, [Number(record.value)]);
    }
  }

  /** Commits what it has worked, and leaves the group. */
  async leave(): Promise<void> {
    if (this.settings.commit === 'manual') await this.#commitPlaces([...this.#places.values()]);
    this.events.take({ kind: 'leaving', consumer: this.settings.consumer });
    await this.#consumer.close({ finishMs: FINISH_MS });
  }

  async #work(owned: TopicPartition, generation: number, offset: number, values: number[]): Promise<void> {
    const { consumer, commit, maxWorkMs } = this.settings;
    const partition = this.#name(owned);
    this.events.take({ kind: 'delivered', consumer, partition, generation, offset, values });
    // No signal: it stands for the work that is done.
    if (maxWorkMs > 0) await elapse(Math.random() * maxWorkMs);
    const next = offset + values.length;
    const place = this.#places.get(partition);
    if (place?.generation === generation) place.next = next;
    if (commit === 'after') {
      // From now on the consumer may commit it whenever it likes; nobody is told.
      this.events.take({
        kind: 'committing',
        call: this.#call(),
        consumer,
        partition,
        generation,
        offset: next,
      });
      return;
    }
    const sent = this.#commit({ ...owned, generation, next });
    if (this.#inFlight.size >= MAX_IN_FLIGHT) await sent;
  }

  /** Between two records; what it commits here still counts. */
  async #letGo(partitions: readonly TopicPartition[]): Promise<void> {
    const { consumer, commit } = this.settings;
    const names = partitions.map((p) => this.#name(p));
    for (const partition of names) this.events.take({ kind: 'revoked', consumer, partition });
    const places = names.flatMap((name) => this.#places.get(name) ?? []);
    if (commit === 'manual') await this.#commitPlaces(places);
    for (const partition of names) {
      this.#places.delete(partition);
      this.events.take({ kind: 'released', consumer, partition });
    }
  }

  async #commitPlaces(places: readonly Place[]): Promise<void> {
    await Promise.all([...this.#inFlight, ...places.map((place) => this.#commit({ ...place }))]);
  }

  #commit(place: Place): Promise<void> {
    const sent: Promise<void> = this.#send(place).finally(() => this.#inFlight.delete(sent));
    this.#inFlight.add(sent);
    return sent;
  }

  async #send({ topic, partition, generation, next }: Place): Promise<void> {
    const { consumer } = this.settings;
    const call = this.#call();
    const name = this.#name({ topic, partition });
    this.events.take({ kind: 'committing', call, consumer, partition: name, generation, offset: next });
    try {
      await this.#consumer.commit([{ topic, partition, offset: next }]);
      this.events.take({ kind: 'answered', call, outcome: 'ok' });
      this.onCommitted();
    } catch (error) {
      if (!(error instanceof RespoolError)) throw error;
      const outcome = REFUSALS.has(error.code) && !error.outcomeUnknown ? 'refused' : 'unknown';
      this.events.take({ kind: 'answered', call, outcome, code: error.code });
    }
  }

  #call(): string {
    this.#calls += 1;
    return `${this.settings.consumer} ${this.#calls}`;
  }

  #name({ topic, partition }: TopicPartition): string {
    return `${this.settings.group} ${topic}-${partition}`;
  }
}
