/** What keeps retention from a partition's records: each holder the records from an offset of its own on. */
import { StoreError } from './errors.js';

export class RetentionHolds {
  readonly #fromOffsets = new Map<string, number>();

  /** The lowest offset that anybody holds: what lies before it may go. Undefined if nobody holds any. */
  get lowest(): number | undefined {
    let lowest: number | undefined;
    for (const offset of this.#fromOffsets.values()) {
      if (lowest === undefined || offset < lowest) lowest = offset;
    }
    return lowest;
  }

  /** See `LogStore.holdRetention`. */
  set(holder: string, fromOffset: number | undefined): void {
    if (fromOffset === undefined) {
      this.#fromOffsets.delete(holder);
      return;
    }
    if (!Number.isSafeInteger(fromOffset) || fromOffset < 0) {
      const message = `fromOffset is ${fromOffset}; it must be a whole number, at least 0`;
      throw new StoreError('INVALID_ARGUMENT', message, { field: 'fromOffset' });
    }
    this.#fromOffsets.set(holder, fromOffset);
  }
}
