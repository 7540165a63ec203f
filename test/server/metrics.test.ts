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

/** The names that the row of a metric lists. */
function listedIn(metric: string): string[] {
  const row = PAGE.split('\n').find((line) => line.startsWith(`| \`${metric}\` `));
  const meaning = row?.split('|').at(-2) ?? '';
  return [...meaning.matchAll(/`([a-z-]+)`/g)].map(([, name]) => name!).sort();
}

/** The events that a layer declares, but for those that are counted in metrics of their own. */
function declaredEvents(path: string, leftOut: readonly string[]): string[] {
  const source = readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
  const names = [...source.matchAll(/event: '([a-z-]+)'/g)].map(([, name]) => name!);
  return names.filter((name) => !leftOut.includes(name)).sort();
}

test('the events that are counted are those that the page lists', () => {
  const store = declaredEvents('segment-store/store-event.ts', ['committed']);
  expect(listedIn('respool_store_events_total')).toEqual(store);
  const groups = declaredEvents('consumer-groups/group-event.ts', ['journal-appended', 'commit-refused']);
  expect(listedIn('respool_group_events_total')).toEqual(groups);
});

test('names beyond the bound share one label', () => {
  const label = new BoundedLabel(2);
  expect(['a', 'b', 'c', 'a', 'd'].map((topic) => label.of(topic))).toEqual(['a', 'b', OTHERS, 'a', OTHERS]);
});
