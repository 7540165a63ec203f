/** One life of the broker: from the start of its process to its end, however it ends. */
import { type LogStore, StoreError, type StoreErrorCode } from '../../segment-store/index.js';
import type { Outcome } from '../history/history.js';
import type { SimulatedProcess } from './simulated-world.js';

/** What a client gets to know of a call. `none`: the broker died first. */
export type Answer<T> =
  | { answer: 'ok'; value: T }
  | { answer: 'error'; error: StoreError | SystemError }
  | { answer: 'none' };

/** What the disk said, passed on: allowed where no promise says what becomes of it. */
export type SystemError = NodeJS.ErrnoException & { code: (typeof PASSED_ON)[number] };

/** A full disk is not among them: that has an error of its own. */
const PASSED_ON = ['EIO', 'EMFILE'] as const;

/** Codes that leave open whether the append happened. */
const UNCERTAIN: readonly StoreErrorCode[] = ['PARTITION_OFFLINE'];

export class Life {
  readonly #ended: Promise<{ answer: 'none' }>;

  constructor(
    readonly process: SimulatedProcess,
    readonly store: LogStore,
  ) {
    this.#ended = new Promise((resolve) => process.onKill(() => resolve({ answer: 'none' })));
  }

  /** Calls the store; throws only what the store must never throw. */
  async call<T>(use: (store: LogStore) => Promise<T>): Promise<Answer<T>> {
    if (!this.process.alive) return { answer: 'none' };
    return Promise.race([answerOf(use(this.store)), this.#ended]);
  }
}

export function outcomeOf(answer: Answer<unknown>): Outcome {
  if (answer.answer === 'ok') return 'ok';
  if (answer.answer === 'none') return 'unknown';
  return answer.error instanceof StoreError && !UNCERTAIN.includes(answer.error.code) ? 'fail' : 'unknown';
}

async function answerOf<T>(call: Promise<T>): Promise<Answer<T>> {
  try {
    return { answer: 'ok', value: await call };
  } catch (error) {
    if (error instanceof StoreError || isPassedOn(error)) return { answer: 'error', error };
    throw error;
  }
}

function isPassedOn(error: unknown): error is SystemError {
  return PASSED_ON.includes((error as SystemError).code);
}
