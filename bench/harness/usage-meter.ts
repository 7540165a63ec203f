import type { ProcessUsage } from './process-usage.js';
import type { ProcessResult } from './result.js';

interface Process {
  readonly name: string;
  usage(): ProcessUsage | undefined;
}

/** What processes use between the start of the meter and its reading. */
export class UsageMeter {
  readonly #processes: readonly { process: Process; before: ProcessUsage | undefined }[];

  constructor(processes: readonly Process[]) {
    this.#processes = processes.map((process) => ({ process, before: process.usage() }));
  }

  /** Call it while they run. Leaves out those of which nothing is known. */
  read(): ProcessResult[] {
    return this.#processes.flatMap(({ process, before }) => {
      const now = process.usage();
      if (now === undefined || before === undefined) return [];
      const cpuSeconds = Number((now.cpuSeconds - before.cpuSeconds).toFixed(2));
      return [{ name: process.name, cpuSeconds, rssBytes: now.rssBytes, peakRssBytes: now.peakRssBytes }];
    });
  }
}

/**
 * Processor time by `records`, in nanoseconds, of the broker and of all clients together. Others that are at work on the machine disturb it much less than
 * they disturb records a second.
 */
export function cpuPerRecord(processes: readonly ProcessResult[], records: number): Record<string, number> {
  const perRecord = (isCounted: (name: string) => boolean) =>
    Math.round(
      (processes.filter(({ name }) => isCounted(name)).reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0) *
        1e9) /
        records,
    );
  return {
    brokerCpuNsPerRecord: perRecord((name) => name === 'broker'),
    clientsCpuNsPerRecord: perRecord((name) => name !== 'broker'),
  };
}
