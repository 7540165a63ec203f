import { readFileSync } from 'node:fs';

/** What a process has used since its start. Read from Linux's /proc; elsewhere it is not known. */
export interface ProcessUsage {
  /** User and system time, in seconds, to a hundredth. */
  cpuSeconds: number;
  /** Resident memory now, in bytes. */
  rssBytes: number;
  /** The most that it was, in bytes. */
  peakRssBytes: number;
}

/** The unit of times in /proc, which Linux fixes for programs at 100 a second. */
const TICKS_PER_SECOND = 100;

/** Undefined if there is no such process, or no /proc. */
export function usageOf(pid: number): ProcessUsage | undefined {
  try {
    return parseUsage(readFileSync(`/proc/${pid}/stat`, 'utf8'), readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return undefined;
    throw error;
  }
}

/** From the text of `/proc/<pid>/stat` and `/proc/<pid>/status`. A process that has ended but is not yet waited for has no memory. */
export function parseUsage(stat: string, status: string): ProcessUsage {
  // The second field is the program's name in parentheses, which may hold anything, so count from behind it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  return {
    cpuSeconds: ticks / TICKS_PER_SECOND,
    rssBytes: kilobytes(status, 'VmRSS') * 1024,
    peakRssBytes: kilobytes(status, 'VmHWM') * 1024,
  };
}

function kilobytes(status: string, field: string): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? 0);
}
