interface Timed {
  timestampMs: number;
}

interface Head<T> {
  source: AsyncIterator<T>;
  record: T;
}

/**
 * Merges sequences that end, each kept in its order, by time: of their next records the oldest comes first, of equals that of the earlier source.
 * Holds one record of each. Returns the sources when it is done with.
 */
export async function* mergeByTime<T extends Timed>(sources: readonly AsyncIterable<T>[]): AsyncGenerator<T> {
  const iterators = sources.map((source) => source[Symbol.asyncIterator]());
  try {
    const first = await Promise.all(iterators.map(async (source) => ({ source, next: await source.next() })));
    const heads: Head<T>[] = [];
    for (const { source, next } of first) if (!next.done) heads.push({ source, record: next.value });
    while (heads.length > 0) {
      const oldest = oldestOf(heads);
      yield heads[oldest]!.record;
      const next = await heads[oldest]!.source.next();
      if (next.done) heads.splice(oldest, 1);
      else heads[oldest]!.record = next.value;
    }
  } finally {
    await Promise.all(iterators.map((source) => source.return?.()));
  }
}

function oldestOf(heads: readonly Head<Timed>[]): number {
  let oldest = 0;
  for (let at = 1; at < heads.length; at++) {
    if (heads[at]!.record.timestampMs < heads[oldest]!.record.timestampMs) oldest = at;
  }
  return oldest;
}
