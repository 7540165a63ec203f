/** What a file of a partition's folder is, told by its name alone. See segment-files.ts for the names. */

export type PartitionFile =
  /** The files of one segment; `baseOffset` is the first offset that it may hold. */
  | { kind: 'log' | 'index' | 'timeindex' | 'seal'; baseOffset: number }
  /** Idempotent producers as of `offset`. */
  | { kind: 'snapshot'; offset: number }
  /** Bytes that a recovery cut off and kept. */
  | { kind: 'kept-tail'; baseOffset: number; offset: number }
  /** A finished compaction, not yet in its place. */
  | { kind: 'swap'; baseOffset: number; endOffset: number }
  /** Left over from work that was cut short; the next start deletes it. */
  | { kind: 'leftover' }
  | { kind: 'unknown' };

const NUMBERED = /^(\d{20})\.(log|index|timeindex|seal|snapshot)$/;
const KEPT_TAIL = /^(\d{20})\.cut-(\d{20})$/;
const SWAP = /^(\d{20})-(\d{20})\.swap$/;
const LEFTOVER = /\.(tmp|cleaned)$/;

export function parsePartitionFile(name: string): PartitionFile {
  const numbered = NUMBERED.exec(name);
  if (numbered) {
    const offset = Number(numbered[1]);
    const kind = numbered[2] as 'log' | 'index' | 'timeindex' | 'seal' | 'snapshot';
    return kind === 'snapshot' ? { kind, offset } : { kind, baseOffset: offset };
  }
  const tail = KEPT_TAIL.exec(name);
  if (tail) return { kind: 'kept-tail', baseOffset: Number(tail[1]), offset: Number(tail[2]) };
  const swap = SWAP.exec(name);
  if (swap) return { kind: 'swap', baseOffset: Number(swap[1]), endOffset: Number(swap[2]) };
  return { kind: LEFTOVER.test(name) ? 'leftover' : 'unknown' };
}
