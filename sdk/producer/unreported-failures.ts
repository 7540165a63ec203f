import { RespoolError } from '../connection/index.js';

/** Errors of records that nobody waits for, until somebody asks. */
export class UnreportedFailures {
  #records = 0;
  #first: RespoolError | undefined;
  #outcomeUnknown = false;

  note(records: number, error: RespoolError): void {
    if (records === 0) return;
    this.#records += records;
    this.#first ??= error;
    this.#outcomeUnknown ||= error.outcomeUnknown;
  }

  /** Throws if there were any since the last time: the first one's code and facts, and `details.failedRecords`. */
  throwIfAny(): void {
    const first = this.#first;
    if (first === undefined) return;
    const records = this.#records;
    const outcomeUnknown = this.#outcomeUnknown;
    this.#records = 0;
    this.#first = undefined;
    this.#outcomeUnknown = false;
    throw new RespoolError(first.code, `${records} records failed; the first: ${first.message}`, {
      details: { ...first.details, failedRecords: records },
      cause: first,
      outcomeUnknown,
    });
  }
}
