import type { Producer, ProducerRecord } from '../producer/index.js';

/** A producer that several partitions write to at once: whoever finds it full waits. */
export class CopyWriter {
  readonly #producer: Producer;
  #room: Promise<void> | undefined;

  constructor(producer: Producer) {
    this.#producer = producer;
  }

  /** Resolves when something can be written; undefined: at once. To be asked again then, as others may have been faster. */
  get room(): Promise<void> | undefined {
    return this.#room;
  }

  /** Only if there is room. INVALID_ARGUMENT, RECORD_TOO_LARGE. */
  write(record: ProducerRecord): void {
    if (this.#producer.write(record)) return;
    this.#room = this.#producer.ready().then(() => {
      this.#room = undefined;
    });
  }

  /** Resolves when everything written so far is stored. Rejects if something could not be. */
  flush(): Promise<void> {
    return this.#producer.flush();
  }
}
