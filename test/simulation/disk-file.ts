/** A file on the simulated disk: what the page cache holds, and what of it a power loss leaves. */
import { FileContent } from './file-content.js';
import type { SeededRandom } from './seeded-random.js';

/** Sectors are written whole or not at all, and each on its own. */
export const SECTOR_BYTES = 512;

type Change =
  | { order: number; kind: 'write'; position: number; bytes: Buffer }
  | { order: number; kind: 'truncate'; sizeBytes: number };

export class DiskFile {
  #cached = new FileContent();
  #durable = new FileContent();
  /** What happened since the last sync, in order. */
  #pending: Change[] = [];
  #order = 0;

  get sizeBytes(): number {
    return this.#cached.sizeBytes;
  }

  /** What the page cache holds; a copy. */
  content(): Buffer {
    return Buffer.from(this.#cached.bytes());
  }

  read(target: Buffer, position: number): number {
    return this.#cached.bytes().copy(target, 0, Math.min(position, this.#cached.sizeBytes));
  }

  /** Copies `bytes`. */
  write(position: number, bytes: Buffer): void {
    this.#change({ order: this.#nextOrder(), kind: 'write', position, bytes: Buffer.from(bytes) });
  }

  truncate(sizeBytes: number): void {
    this.#change({ order: this.#nextOrder(), kind: 'truncate', sizeBytes });
  }

  /** The order of the last change: what a sync that begins now must cover. */
  get order(): number {
    return this.#order;
  }

  /** Makes everything durable up to the change `upTo`. */
  sync(upTo: number): void {
    const covered = this.#pending.filter(({ order }) => order <= upTo);
    this.#pending = this.#pending.filter(({ order }) => order > upTo);
    for (const change of covered) apply(this.#durable, change);
    // The size is metadata: a sync writes it even if pages were given up before, which then read as zeros.
    if (this.#pending.length === 0) this.#durable.resize(this.#cached.sizeBytes);
  }

  /**
   * What ext4 does when the disk refuses: the sync reports an error, and the pages are marked clean. The cache still shows them, no later sync
   * writes them, a power loss takes them.
   */
  giveUp(upTo: number): void {
    this.#pending = this.#pending.filter(({ order }) => order > upTo);
  }

  /** Any state that the disk may be in: some of what was not synced is there, some is not. */
  losePower(random: SeededRandom): void {
    this.#survive(random);
    this.#cached = this.#durable.copy();
    this.#pending = [];
  }

  /** Flips one bit, on the disk and in the cache. */
  flipBit(at: number, bit: number): void {
    for (const content of [this.#cached.bytes(), this.#durable.bytes()]) {
      if (at < content.length) content[at] = (content[at] ?? 0) ^ (1 << bit);
    }
  }

  #survive(random: SeededRandom): void {
    const how = random.pick(['nothing', 'everything', 'prefix', 'sectors', 'size'] as const);
    const sectors = this.#pending.flatMap(intoSectors);
    for (const change of someOf(how, sectors, random)) apply(this.#durable, change);
    // The size is metadata, which may be ahead of the bytes: what is missing then reads as zeros.
    if (how === 'size' || (how === 'sectors' && random.chance(0.5)))
      this.#durable.resize(this.#cached.sizeBytes);
  }

  #change(change: Change): void {
    apply(this.#cached, change);
    this.#pending.push(change);
  }

  #nextOrder(): number {
    this.#order += 1;
    return this.#order;
  }
}

function apply(content: FileContent, change: Change): void {
  if (change.kind === 'truncate') content.resize(change.sizeBytes);
  else content.write(change.position, change.bytes);
}

function someOf(
  how: 'nothing' | 'everything' | 'prefix' | 'sectors' | 'size',
  changes: Change[],
  random: SeededRandom,
): Change[] {
  if (how === 'everything') return changes;
  if (how === 'prefix') return changes.slice(0, random.between(0, changes.length + 1));
  const share = how === 'sectors' ? random.next() : 0;
  return changes.filter(() => random.chance(share));
}

function intoSectors(change: Change): Change[] {
  if (change.kind === 'truncate') return [change];
  const { order, position, bytes } = change;
  const parts: Change[] = [];
  for (let from = 0; from < bytes.length; ) {
    const to = Math.min(bytes.length, from + SECTOR_BYTES - ((position + from) % SECTOR_BYTES));
    parts.push({ order, kind: 'write', position: position + from, bytes: bytes.subarray(from, to) });
    from = to;
  }
  return parts;
}
