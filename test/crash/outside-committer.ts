import { type Respool, RespoolError } from '../../sdk/index.js';
import type { EventFile } from '../group-members/event-file.js';

const TOPIC = 'ledger';
const PARTITIONS = 2;
/** How far commits can go, each one record further than the one before. */
const RECORDS = 20_000;
const RECORDS_AT_A_TIME = 1000;
const REFUSALS: ReadonlySet<string> = new Set(['DISK_FULL', 'APPEND_QUEUE_FULL']);

/** Commits offsets for a group without members, two partitions with each call, one call after the other. */
export class OutsideCommitter {
  readonly group = 'audit';
  readonly partitions = Array.from({ length: PARTITIONS }, (_, partition) => ({ topic: TOPIC, partition }));
  #acknowledged = 0;
  #begun = 0;
  #stopped = false;
  #committing: Promise<void> | undefined;
  #waiting: { after: number; resolve: () => void }[] = [];

  constructor(
    private readonly client: Respool,
    private readonly events: EventFile,
  ) {}

  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** Writes the records whose offsets are to be committed. */
  async prepare(): Promise<void> {
    await this.client.admin.createTopic(TOPIC, { partitions: PARTITIONS });
    const producer = this.client.producer();
    for (let sent = 0; sent < RECORDS; sent += RECORDS_AT_A_TIME) {
      const sends = this.partitions.flatMap((partition) =>
        Array.from({ length: RECORDS_AT_A_TIME }, () => producer.send({ ...partition, value: 'entry' })),
      );
      await Promise.all(sends);
    }
    await producer.close();
  }

  start(): void {
    this.#committing = this.#commitAgainAndAgain();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#committing;
  }

  /** Resolves when a commit is acknowledged that was begun after this call. */
  awaitAcknowledged(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push({ after: this.#begun, resolve }));
  }

  async #commitAgainAndAgain(): Promise<void> {
    while (!this.#stopped) await this.#commit(Math.min(this.#begun + 1, RECORDS));
  }

  async #commit(offset: number): Promise<void> {
    this.#begun += 1;
    const number = this.#begun;
    const call = `outside ${number}`;
    for (const { topic, partition } of this.partitions)
      this.events.take({
        kind: 'committing',
        call,
        partition: `${this.group} ${topic}-${partition}`,
        offset,
      });
    try {
      const offsets = this.partitions.map((partition) => ({ ...partition, offset }));
      await this.client.groups.commitOffsets(this.group, offsets);
      this.events.take({ kind: 'answered', call, outcome: 'ok' });
      this.#acknowledged += 1;
      const heard = this.#waiting.filter(({ after }) => number > after);
      this.#waiting = this.#waiting.filter(({ after }) => number <= after);
      for (const { resolve } of heard) resolve();
    } catch (error) {
      if (!(error instanceof RespoolError)) throw error;
      const outcome = REFUSALS.has(error.code) ? 'refused' : 'unknown';
      this.events.take({ kind: 'answered', call, outcome, code: error.code });
    }
  }
}
