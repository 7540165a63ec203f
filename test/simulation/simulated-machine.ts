import { type LockTable, ProcessFileSystem } from './process-file-system.js';
import { SimulatedDisk } from './simulated-disk.js';
import { type SimulatedProcess, SimulatedWorld } from './simulated-world.js';

/** A machine of the simulation: processes come and go on it, its disk stays. */
export class SimulatedMachine {
  readonly world: SimulatedWorld;
  readonly disk: SimulatedDisk;
  readonly #locks: LockTable = new Map();
  readonly #processes = new Set<SimulatedProcess>();

  constructor(seed: number) {
    this.world = new SimulatedWorld(seed);
    this.disk = new SimulatedDisk(this.world.random);
  }

  startProcess(): { process: SimulatedProcess; fs: ProcessFileSystem } {
    const process = this.world.startProcess();
    this.#processes.add(process);
    process.onKill(() => this.#processes.delete(process));
    return { process, fs: new ProcessFileSystem(process, this.disk, this.#locks) };
  }

  /** Every process dies, and the disk keeps only what was durable, and some of the rest. */
  losePower(): void {
    for (const process of [...this.#processes]) process.kill();
    this.disk.losePower();
  }
}
