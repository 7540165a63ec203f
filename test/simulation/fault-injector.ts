/** Makes the simulated disk fail now and then, for a while. */
import type { SeededRandom } from './seeded-random.js';
import type { DiskFaults, SimulatedDisk } from './simulated-disk.js';
import type { SimulatedProcess } from './simulated-world.js';

const PAUSE_MS = 150;
const EPISODE_MS = 30;

export class FaultInjector {
  constructor(
    private readonly disk: SimulatedDisk,
    private readonly random: SeededRandom,
    private readonly tell: (line: string) => void,
  ) {}

  /** Lets things go wrong until `process` ends. */
  async run(process: SimulatedProcess): Promise<void> {
    while (process.alive) {
      await process.sleep(this.random.next() * PAUSE_MS);
      const faults = this.#episode();
      this.tell(`the disk: ${JSON.stringify(faults)}`);
      Object.assign(this.disk.faults, faults);
      await process.sleep(this.random.next() * EPISODE_MS);
      this.disk.heal();
      this.tell('the disk: healthy again');
    }
  }

  #episode(): Partial<DiskFaults> {
    const usedBytes = this.disk.usedBytes();
    return this.random.pick<() => Partial<DiskFaults>>([
      () => ({ capacityBytes: usedBytes + this.random.between(0, 5000) }),
      () => ({ syncErrorRate: this.random.next() }),
      () => ({ writeErrorRate: this.random.next() }),
      () => ({ syncsHang: true }),
      () => ({ maxOpenFiles: this.random.between(0, 10) }),
    ])();
  }
}
