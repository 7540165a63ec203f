/** Whether the broker can do its work, and if not, why. Knows it from what it was told; never asks the disk. */
import type { StoreEvent } from '../../segment-store/index.js';

export type Phase = 'opening' | 'serving' | 'draining';

/** One reason not to send work here. */
export interface Problem {
  problem: 'opening' | 'draining' | 'disk-full' | 'partition-offline' | 'disk-slow' | 'fault';
  message: string;
}

/** An append (a commit is one as well) that waits so long is not slow, it hangs. */
const HANG_MS = 5000;

export class BrokerHealth {
  #phase: Phase = 'opening';
  #isDiskFull = false;
  #fault: Error | undefined;
  readonly #offline = new Set<string>();

  /** `longestWaitMs`: how long the append has waited that has waited longest, those of commits included. */
  constructor(private readonly longestWaitMs: () => number | undefined) {}

  enter(phase: Phase): void {
    this.#phase = phase;
  }

  /** Something failed that only a restart can mend. */
  failed(fault: Error): void {
    this.#fault = fault;
  }

  onStoreEvent(event: StoreEvent): void {
    if (event.event === 'disk-full') this.#isDiskFull = true;
    if (event.event === 'disk-recovered') this.#isDiskFull = false;
    if (event.event === 'partition-offline') this.#offline.add(`${event.topic}/${event.partition}`);
  }

  /** What is wrong now; empty if nothing is. */
  problems(): Problem[] {
    return [...this.#phaseProblems(), ...this.#faults(), ...this.#diskProblems()];
  }

  *#phaseProblems(): Generator<Problem> {
    if (this.#phase === 'opening') {
      yield { problem: 'opening', message: 'the data directory is being opened' };
    }
    if (this.#phase === 'draining') yield { problem: 'draining', message: 'the broker is ending' };
  }

  *#faults(): Generator<Problem> {
    if (!this.#fault) return;
    yield { problem: 'fault', message: `the broker must be restarted: ${this.#fault.message}` };
  }

  *#diskProblems(): Generator<Problem> {
    if (this.#isDiskFull) {
      yield { problem: 'disk-full', message: 'the disk is full: appends are refused until there is room' };
    }
    if (this.#offline.size > 0) {
      yield {
        problem: 'partition-offline',
        message: `${this.#offline.size} partitions take no appends after a failed write or sync, ${[...this.#offline][0]} for one; restart the broker`,
      };
    }
    const waitedMs = this.longestWaitMs() ?? 0;
    if (waitedMs >= HANG_MS) {
      yield {
        problem: 'disk-slow',
        message: `an append has waited for ${Math.round(waitedMs / 1000)} s: the disk is slow or hangs`,
      };
    }
  }
}
