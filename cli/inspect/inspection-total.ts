import type { InspectionItem } from '../../segment-store/index.js';
import { formatByteSize } from '../byte-size.js';
import { groupDigits, plural } from '../plural.js';

/** Counts what an inspection tells, for its last line and the exit code. */
export class InspectionTotal {
  #partitions = 0;
  #segments = 0;
  #records = 0;
  #sizeBytes = 0;
  #lostOffsets = 0;
  readonly #findings = { damage: 0, repairable: 0, note: 0 };

  add(item: InspectionItem): void {
    if (item.item === 'partition') this.#partitions++;
    if (item.item === 'segment') this.#addSegment(item);
    if (item.item !== 'finding') return;
    this.#findings[item.severity]++;
    if (item.severity !== 'damage' || item.startOffset === undefined) return;
    this.#lostOffsets += Math.max(0, (item.endOffset ?? item.startOffset) - item.startOffset);
  }

  #addSegment({ records, sizeBytes }: { records: number; sizeBytes: number }): void {
    this.#segments++;
    this.#records += records;
    this.#sizeBytes += sizeBytes;
  }

  /** True if nothing is wrong: notes are not. */
  get sound(): boolean {
    return this.#findings.damage + this.#findings.repairable === 0;
  }

  toJSON() {
    return {
      item: 'total',
      sound: this.sound,
      partitions: this.#partitions,
      segments: this.#segments,
      records: this.#records,
      sizeBytes: this.#sizeBytes,
      lostOffsets: this.#lostOffsets,
      findings: this.#findings,
    };
  }

  /** What was looked at so far. */
  get looked(): string {
    return `${plural(this.#records, 'record')} in ${plural(this.#segments, 'segment')} (${formatByteSize(this.#sizeBytes)})`;
  }

  toString(): string {
    const { damage, repairable } = this.#findings;
    if (this.sound) return `sound: ${this.looked}, no damage`;
    const problems = [
      damage > 0 ? `${plural(damage, 'place')} damaged, ${groupDigits(this.#lostOffsets)} offsets lost` : '',
      repairable > 0 ? `${plural(repairable, 'file')} that the broker will make anew` : '',
    ];
    return `NOT SOUND: ${problems.filter(Boolean).join('; ')}; looked at ${this.looked}`;
  }
}
