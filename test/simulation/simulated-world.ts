/**
 * Time and chance for a simulation. Everything that takes time is an operation or a timer of a process; the world runs them one by one, operations in
 * an order that the seed decides, and moves its clock by hand. Between two of them all promises settle, so one seed gives one run.
 */
import type { Clock } from '../../segment-store/clock.js';
import { SeededRandom } from './seeded-random.js';

/** Something that a process asked the machine to do, like a system call. */
interface Operation {
  process: SimulatedProcess;
  /** While false the operation hangs. */
  ready: () => boolean;
  run: () => void;
  /** What remains of it if the process is killed while it is under way. */
  killed: () => void;
}

interface Timer {
  process: SimulatedProcess;
  dueMs: number;
  order: number;
  fire: () => void;
}

/** How much later the next operation may be done than the one before. */
const MAX_STEP_MS = 0.2;
/** Turns of the event loop without anything to do after which nothing will come any more. */
const IDLE_TURNS = 20;

export class SimulatedWorld {
  readonly random: SeededRandom;
  readonly #operations: Operation[] = [];
  #timers: Timer[] = [];
  #order = 0;
  #nowMs = 0;
  /** Wall time minus monotonic time; the wall clock jumps when this is set. */
  wallOffsetMs = 1_700_000_000_000;

  constructor(seed: number) {
    this.random = new SeededRandom(seed);
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  /** A new process, with nothing under way. */
  startProcess(): SimulatedProcess {
    return new SimulatedProcess(this);
  }

  /** Lets time go on, one operation or timer after the other, until `done`. Throws if nothing is left that could happen before. */
  async runUntil(done: () => boolean): Promise<void> {
    for (let idleTurns = 0; !done(); ) {
      idleTurns = this.#step() ? 0 : idleTurns + 1;
      if (idleTurns > IDLE_TURNS) throw new Error('the simulation stands still: nobody waits for anything');
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Runs until `promise` settles, and settles like it. */
  async run<T>(promise: Promise<T>): Promise<T> {
    let settled = false;
    const settle = () => {
      settled = true;
    };
    promise.then(settle, settle);
    await this.runUntil(() => settled);
    return promise;
  }

  /** For {@link SimulatedProcess}. */
  submit(operation: Operation): void {
    this.#operations.push(operation);
  }

  /** For {@link SimulatedProcess}. */
  startTimer(process: SimulatedProcess, ms: number, fire: () => void): () => void {
    this.#order += 1;
    const timer = { process, dueMs: this.#nowMs + Math.max(0, ms), order: this.#order, fire };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** For {@link SimulatedProcess}: forgets the timers of a dead process and takes its operations. */
  takeAll(process: SimulatedProcess): Operation[] {
    this.#timers = this.#timers.filter((timer) => timer.process !== process);
    const taken = this.#operations.filter((operation) => operation.process === process);
    for (const operation of taken) this.#operations.splice(this.#operations.indexOf(operation), 1);
    return taken;
  }

  #step(): boolean {
    const ready = this.#operations.filter((operation) => operation.ready());
    if (ready.length > 0) {
      const operation = this.random.pick(ready);
      this.#operations.splice(this.#operations.indexOf(operation), 1);
      this.#nowMs += this.random.next() * MAX_STEP_MS;
      operation.run();
      this.#fireTimers(this.#nowMs);
      return true;
    }
    const next = this.#nextTimer();
    if (!next) return false;
    this.#nowMs = Math.max(this.#nowMs, next.dueMs);
    this.#fireTimers(this.#nowMs);
    return true;
  }

  #fireTimers(nowMs: number): void {
    for (let timer = this.#nextTimer(); timer && timer.dueMs <= nowMs; timer = this.#nextTimer()) {
      this.#timers.splice(this.#timers.indexOf(timer), 1);
      timer.fire();
    }
  }

  #nextTimer(): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (!next || timer.dueMs < next.dueMs || (timer.dueMs === next.dueMs && timer.order < next.order))
        next = timer;
    }
    return next;
  }
}

/** What dies together: after {@link kill} nothing that the process asked for happens, and none of its promises settles. */
export class SimulatedProcess {
  #alive = true;
  readonly #onKill: (() => void)[] = [];

  constructor(readonly world: SimulatedWorld) {}

  get alive(): boolean {
    return this.#alive;
  }

  /** Time as this process sees it. */
  readonly clock: Clock = {
    wallMs: () => Math.floor(this.world.wallOffsetMs + this.world.nowMs),
    monotonicMs: () => this.world.nowMs,
    after: (ms, callback) => (this.#alive ? this.world.startTimer(this, ms, callback) : () => {}),
  };

  /** Does `effect` at some moment from now on, not before `ready`. `killed` is what happens of it if the process dies under way. */
  operation<T>(
    effect: () => T,
    { ready = () => true, killed = () => {} }: { ready?: () => boolean; killed?: () => void } = {},
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      if (!this.#alive) return;
      const run = () => {
        try {
          resolve(effect());
        } catch (error) {
          reject(error);
        }
      };
      this.world.submit({ process: this, ready, run, killed });
    });
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.clock.after(ms, resolve));
  }

  /** Calls back when the process dies. */
  onKill(callback: () => void): void {
    this.#onKill.push(callback);
  }

  /** Ends the process at once. Its operations under way stop somewhere on the way. */
  kill(): void {
    if (!this.#alive) return;
    this.#alive = false;
    for (const { killed } of this.world.takeAll(this)) killed();
    for (const callback of this.#onKill) callback();
  }
}
