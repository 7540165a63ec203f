import type {
  FinalLog,
  History,
  Outcome,
  ReadCall,
  SendCall,
  StoredRecord,
  TruncateCall,
} from './history.js';

/** Takes down every call when it begins and when it is answered; a call that is never answered stays `unknown`. */
export class HistoryRecorder {
  #moment = 0;
  readonly #sends: SendCall[] = [];
  readonly #reads: ReadCall[] = [];
  readonly #truncations: TruncateCall[] = [];

  /** The next moment; no two are equal. */
  moment(): number {
    this.#moment += 1;
    return this.#moment;
  }

  /** Takes down that a batch is about to be sent; hand the answer to {@link sent}. */
  send(partition: string, values: readonly string[], idempotent: boolean): SendCall {
    const call: SendCall = {
      partition,
      idempotent,
      values,
      begun: this.moment(),
      ended: undefined,
      outcome: 'unknown',
      baseOffset: undefined,
    };
    this.#sends.push(call);
    return call;
  }

  sent(call: SendCall, outcome: Outcome, baseOffset?: number): void {
    call.ended = this.moment();
    call.outcome = outcome;
    call.baseOffset = baseOffset;
  }

  /** Takes down an answer to a read that was begun at `begun` (a {@link moment}). */
  read(
    partition: string,
    reader: string,
    begun: number,
    records: readonly StoredRecord[],
    { highWatermark, logStartOffset }: { highWatermark?: number; logStartOffset?: number },
  ): void {
    this.#reads.push({
      partition,
      reader,
      begun,
      ended: this.moment(),
      records,
      highWatermark,
      logStartOffset,
    });
  }

  truncate(partition: string, beforeOffset: number): TruncateCall {
    const call: TruncateCall = {
      partition,
      beforeOffset,
      begun: this.moment(),
      ended: undefined,
      outcome: 'unknown',
    };
    this.#truncations.push(call);
    return call;
  }

  truncated(call: TruncateCall, outcome: Outcome): void {
    call.ended = this.moment();
    call.outcome = outcome;
  }

  /** Everything so far, with the logs as they were read at the end. */
  history(logs: readonly FinalLog[]): History {
    return { sends: this.#sends, reads: this.#reads, truncations: this.#truncations, logs };
  }
}
