import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import type { GroupEvent } from '../group-history/group-event.js';
import { moment } from './moment.js';

/** What an event says besides when it happened; of each kind its own fields. */
type Said<E = GroupEvent> = E extends GroupEvent ? Omit<E, 'at'> : never;

/**
 * The events of one process, a line each. A line is with the kernel when `take` returns, so that `kill -9` of the process cannot take it back: whoever takes down what it is about
 * to do has hidden nothing that it did.
 */
export class EventFile {
  readonly #file: number;

  constructor(path: string) {
    this.#file = openSync(path, 'a');
  }

  take(said: Said): void {
    writeSync(this.#file, `${JSON.stringify({ at: moment(), ...said })}\n`);
  }

  close(): void {
    closeSync(this.#file);
  }
}

/** The events of a file. A last line without its end was being written when the process was killed: what it would have told was not begun. */
export function readEvents(path: string): GroupEvent[] {
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines.slice(0, -1).map((line) => JSON.parse(line) as GroupEvent);
}
