import { setTimeout as elapse } from 'node:timers/promises';
import { type Respool, RespoolError } from '../../sdk/index.js';
import type { GroupPartition } from '../group-history/group-event.js';
import type { EventFile } from './event-file.js';

/** Resets go back by at most so many records. */
const MAX_RESET_RECORDS = 200;
/** How long it may take until members have done what is to be done, and how often one looks. */
const PATIENCE_MS = 60_000;
const LOOK_MS = 50;

interface Progress {
  topic: string;
  partition: number;
  /** Undefined: none. */
  committed: number | undefined;
  highWatermark: number;
}

/** Looks at a group and resets it from outside, and takes that down. */
export class GroupObserver {
  #calls = 0;
  /** Where each partition was reset to, as a history needs another offset each time. */
  readonly #usedOffsets = new Map<GroupPartition, Set<number>>();

  constructor(
    private readonly client: Respool,
    private readonly group: string,
    private readonly partitions: readonly { topic: string; partition: number }[],
    private readonly events: EventFile,
  ) {}

  /** The committed offsets; partitions without one that nobody owns are left out. */
  async describe(): Promise<{ generation: number; progress: Progress[] }> {
    const call = this.#call();
    for (const { topic, partition } of this.partitions)
      this.events.take({ kind: 'describing', call, partition: this.#name(topic, partition) });
    const [description] = await this.client.groups.describe([this.group]).catch(whileMissing);
    const progress = (description?.partitions ?? []).map(
      ({ topic, partition, committed, highWatermark }) => ({
        ...{ topic, partition, highWatermark },
        committed: committed?.offset,
      }),
    );
    const offsets = progress.flatMap(({ topic, partition, committed }) =>
      committed === undefined ? [] : [[this.#name(topic, partition), committed] as const],
    );
    this.events.take({ kind: 'answered', call, outcome: 'ok', offsets: Object.fromEntries(offsets) });
    return { generation: description?.generation ?? 0, progress };
  }

  /** Sends up to `count` partitions back a little, while their owners work. */
  async resetSome(count: number): Promise<void> {
    const { progress } = await this.describe();
    const chosen = progress.filter(() => Math.random() < count / progress.length);
    const offsets = chosen.flatMap(({ topic, partition, committed = 0 }) => {
      const offset = this.#freeOffset(this.#name(topic, partition), committed);
      return offset === undefined ? [] : [{ topic, partition, offset }];
    });
    if (offsets.length === 0) return;
    const call = this.#call();
    for (const { topic, partition, offset } of offsets)
      this.events.take({ kind: 'resetting', call, partition: this.#name(topic, partition), offset });
    await this.client.groups.resetOffsets({
      groups: [this.group],
      to: { offsets },
      execute: true,
      live: true,
    });
    this.events.take({ kind: 'answered', call, outcome: 'ok' });
  }

  /** Resolves when somebody has committed anything. */
  async somebodyHasCommitted(): Promise<void> {
    await eventually('nobody commits anything', async () => {
      const { progress } = await this.describe();
      return progress.some(({ committed = 0 }) => committed > 0) || undefined;
    });
  }

  /** Resolves with the group's generation when all that was written is committed. Nothing more may be written. */
  everythingIsCommitted(): Promise<number> {
    return eventually('what was written is not read to its end', async () => {
      const { generation, progress } = await this.describe();
      const isRead = progress.every(({ committed = 0, highWatermark }) => committed === highWatermark);
      return isRead && progress.length === this.partitions.length ? generation : undefined;
    });
  }

  #freeOffset(name: GroupPartition, committed: number): number | undefined {
    const used = this.#usedOffsets.get(name) ?? new Set();
    this.#usedOffsets.set(name, used);
    const offset = Math.max(0, committed - Math.floor(Math.random() * MAX_RESET_RECORDS));
    if (used.has(offset)) return undefined;
    used.add(offset);
    return offset;
  }

  #name(topic: string, partition: number): GroupPartition {
    return `${this.group} ${topic}-${partition}`;
  }

  #call(): string {
    this.#calls += 1;
    return `observer of ${this.group} ${this.#calls}`;
  }
}

/** A group that does not exist has no committed offsets. */
function whileMissing(error: unknown): [] {
  if (error instanceof RespoolError && error.code === 'GROUP_NOT_FOUND') return [];
  throw error;
}

/** A broker tells nobody how far a group is: it is asked. */
async function eventually<T>(otherwise: string, look: () => Promise<T | undefined>): Promise<T> {
  for (const startMs = performance.now(); performance.now() < startMs + PATIENCE_MS; ) {
    const found = await look();
    if (found !== undefined) return found;
    await elapse(LOOK_MS);
  }
  throw new Error(`${otherwise} within ${PATIENCE_MS} ms`);
}
