import type { Output } from '../output.js';
import { type ConsumedRecord, type RecordFormat, type RecordWriter, recordWriter } from './record-format.js';

/** Where records go: to standard output, counted, up to a number of them. */
export class RecordSink {
  /** Written so far; bytes of values. */
  records = 0;
  bytes = 0;
  readonly #write: RecordWriter;

  constructor(
    private readonly out: Output,
    format: RecordFormat,
    private readonly max = Number.POSITIVE_INFINITY,
  ) {
    this.#write = recordWriter(out, format);
  }

  /** True when as many were written as were asked for. */
  get full(): boolean {
    return this.records >= this.max;
  }

  /** If a Promise comes back it must be awaited before the next call. */
  write(record: ConsumedRecord): Promise<void> | undefined {
    this.records++;
    this.bytes += record.value?.length ?? 0;
    return this.#write(record);
  }

  /** Resolves when all that was written is with the system. */
  flush(): Promise<void> {
    return this.out.flush();
  }
}
