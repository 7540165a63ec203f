import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { BoundedLabel, OTHERS } from '../../server/observe/bounded-label.js';
import { BrokerMetrics } from '../../server/observe/metrics.js';

const PAGE = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8');

interface Described {
  name: string;
  type: string;
  labels: string[];
}

function documented(): Described[] {
  const rows = PAGE.matchAll(/^\| `(respool_\w+)` \| (\w+) \|([^|]*)\| .+ \|$/gm);
  return [...rows].map(([, name, type, labels]) => ({
    name: name!,
    type: type!,
    labels: [...labels!.matchAll(/`(\w+)`/g)].map(([, label]) => label!),
  }));
}

function registered(): Described[] {
  const { registry } = new BrokerMetrics();
  return registry.getMetricsAsArray().map((metric) => {
    const { name, type, labelNames } = metric as unknown as {
      name: string;
      type?: string;
      labelNames: string[];
    };
    return { name, type: type ?? metric.constructor.name.toLowerCase(), labels: labelNames };
  });
}

function byName(a: Described, b: Described): number {
  return a.name.localeCompare(b.name);
}

test('every metric is documented with its type and labels, and nothing else is', () => {
  expect(documented().sort(byName)).toEqual(registered().sort(byName));
});

test('names beyond the bound share one label', () => {
  const label = new BoundedLabel(2);
  expect(['a', 'b', 'c', 'a', 'd'].map((topic) => label.of(topic))).toEqual(['a', 'b', OTHERS, 'a', OTHERS]);
});
