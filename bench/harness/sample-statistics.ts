/** What is said of a few samples of one quantity. */
export interface SampleStatistics {
  samples: readonly number[];
  median: number;
  /** (largest − smallest) / median: 0.1 means that the samples lie within ten per cent. */
  spread: number;
}

/** RangeError without samples. */
export function statisticsOf(samples: readonly number[]): SampleStatistics {
  const median = medianOf(samples);
  const range = Math.max(...samples) - Math.min(...samples);
  return { samples, median, spread: median === 0 ? 0 : range / median };
}

/** Of an even number of samples the mean of the two in the middle. RangeError without samples. */
export function medianOf(samples: readonly number[]): number {
  if (samples.length === 0) throw new RangeError('there are no samples to take the median of');
  const sorted = samples.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
