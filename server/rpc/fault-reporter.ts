/** What becomes of faults of our own: they are logged whole, told without detail, and a failed assertion ends the process. */
import { AssertionError } from 'node:assert';
import type { Logger } from 'pino';
import { isExpected } from './error-status.js';

/** Told of a failed assertion. What is in memory can no longer be trusted: end the process, restart is recovery. */
export type OnFatal = (error: Error) => void;

export interface FaultReporter {
  /** Logs the error if it is a fault; `doing` says what was being done. */
  report(error: unknown, doing: string): void;
}

export function faultReporter(log: Logger, onFatal: OnFatal): FaultReporter {
  return {
    report(error, doing) {
      if (isExpected(error)) return;
      log.error({ err: error, doing }, 'fault');
      if (error instanceof AssertionError) onFatal(error);
    },
  };
}
