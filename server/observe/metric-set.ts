/** Metrics that belong together, all under one prefix. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Buckets for durations, in seconds. */
export const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export class MetricSet {
  /** In a registry of its own, unless it is part of another set. */
  constructor(readonly registry = new Registry()) {}

  protected counter<const L extends string = never>(
    name: string,
    help: string,
    labelNames: readonly L[] = [],
  ): Counter<L> {
    return new Counter({ name: `respool_${name}`, help, labelNames, registers: [this.registry] });
  }

  protected gauge<const L extends string = never>(
    name: string,
    help: string,
    labelNames: readonly L[] = [],
  ): Gauge<L> {
    return new Gauge({ name: `respool_${name}`, help, labelNames, registers: [this.registry] });
  }

  protected histogram<const L extends string = never>(
    name: string,
    help: string,
    buckets: number[],
    labelNames: readonly L[] = [],
  ): Histogram<L> {
    return new Histogram({ name: `respool_${name}`, help, buckets, labelNames, registers: [this.registry] });
  }
}
