/** The parts of V8's CPU profile that are read here. */
export interface CpuProfile {
  nodes: readonly ProfileNode[];
  /** The node that was running at each sample. */
  samples: readonly number[];
  /** Microseconds since the sample before. */
  timeDeltas: readonly number[];
}

interface ProfileNode {
  id: number;
  callFrame: { functionName: string; url: string; lineNumber: number };
}

export interface OwnTimes {
  totalMs: number;
  /** Without what was idle. */
  busyMs: number;
  /** The largest first, idle time left out. */
  functions: { name: string; place: string; ownMs: number }[];
}

/** How long each function ran itself, all its callers together. */
export function ownTimes({ nodes, samples, timeDeltas }: CpuProfile): OwnTimes {
  const keyOf = new Map(nodes.map(({ id, callFrame }) => [id, frameKey(callFrame)]));
  const ownMs = new Map<string, number>();
  samples.forEach((id, i) => {
    const key = keyOf.get(id) ?? '';
    ownMs.set(key, (ownMs.get(key) ?? 0) + (timeDeltas[i] ?? 0) / 1000);
  });
  const totalMs = [...ownMs.values()].reduce((sum, ms) => sum + ms, 0);
  const busy = [...ownMs].filter(([key]) => !key.startsWith('(idle)')).sort(([, a], [, b]) => b - a);
  return {
    totalMs,
    busyMs: busy.reduce((sum, [, ms]) => sum + ms, 0),
    functions: busy.map(([key, ms]) => {
      const [name = '', place = ''] = key.split('\n');
      return { name, place, ownMs: ms };
    }),
  };
}

function frameKey({ functionName, url, lineNumber }: ProfileNode['callFrame']): string {
  const place = url === '' ? '' : `${url.split('/').slice(-3).join('/')}:${lineNumber + 1}`;
  return `${functionName || '(anonymous)'}\n${place}`;
}
