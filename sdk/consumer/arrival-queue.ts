import type { Arrival } from './arrival.js';

/** What has come and was not handed out, first in, first out. How much that is, the credit bounds. */
export class ArrivalQueue {
  #arrivals: Arrival[] = [];
  #first = 0;

  add(arrival: Arrival): void {
    this.#arrivals.push(arrival);
  }

  take(): Arrival | undefined {
    const arrival = this.#arrivals[this.#first];
    if (arrival === undefined) return undefined;
    this.#first++;
    // shift() would move all the others each time.
    if (this.#first * 2 > this.#arrivals.length) {
      this.#arrivals = this.#arrivals.slice(this.#first);
      this.#first = 0;
    }
    return arrival;
  }
}
