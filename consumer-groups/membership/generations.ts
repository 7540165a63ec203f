/** The generations of one group. */
import type { GroupStore } from '../group-store.js';

export class Generations {
  /** The last that was tried: it may be in the journal although its write was not acknowledged. */
  #tried = 0;

  constructor(
    private readonly groups: GroupStore,
    private readonly group: string,
  ) {}

  /** The last that may have been used. */
  get last(): number {
    return Math.max(this.#tried, this.groups.state(this.group)?.generation ?? 0);
  }

  /** One that was never used; it must be durable before anybody hears of it. */
  next(): number {
    this.#tried = this.last + 1;
    return this.#tried;
  }
}
