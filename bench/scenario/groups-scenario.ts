import { ClientProcess } from '../harness/client-process.js';
import { fillEvenly } from '../harness/even-fill.js';
import { statisticsOf } from '../harness/sample-statistics.js';
import { ratePerSecond } from '../harness/sampling.js';
import type { BenchContext, Scenario, ScenarioCase } from '../harness/scenario.js';
import { TestBed, TOPIC } from '../harness/test-bed.js';
import { UsageMeter } from '../harness/usage-meter.js';
import type { GroupParameters, GroupRole } from '../role/group-role.js';

const PARTITIONS = 100;
const IN_FLIGHT = 16;

/** What many groups with many partitions cost: to commit, to list, to open again. */
export const groupsScenario: Scenario = {
  name: 'groups',
  summary:
    'offsets committed a second from outside, for many groups of 100 partitions each, a call for each group, 16 calls in flight; then a kill -9 and a start',
  cases: () => [10, 100, 1000].map(scenarioCase),
};

function scenarioCase(groups: number): ScenarioCase {
  return {
    name: `${groups} groups × ${PARTITIONS} partitions`,
    isShort: groups === 10,
    run: (context) => measure(context, groups),
  };
}

async function measure(context: BenchContext, groups: number) {
  let bed = await TestBed.start(context, { durability: 'fsync', partitions: PARTITIONS });
  try {
    await fillEvenly(bed, context.options.runs);
    const rates: number[] = [];
    const { processes, listMs } = await useClient(bed, async (client) => {
      const meter = new UsageMeter([{ name: 'broker', usage: () => bed.broker.usage() }, client]);
      // Each run commits the next offset for all of them.
      for (let run = 1; run <= context.options.runs; run++) {
        const timed = await client.call('commit', groups, run, IN_FLIGHT);
        rates.push(ratePerSecond([timed], () => groups * PARTITIONS));
      }
      const listed = await client.call('list', groups);
      return { processes: meter.read(), listMs: listed.endMs - listed.startMs };
    });
    await bed.broker.end('SIGKILL');
    bed = await bed.restart(context);
    const afterStart = bed.broker.usage();
    const offsets = await useClient(bed, (client) => client.call('check', groups, context.options.runs));
    return {
      ...statisticsOf(rates),
      unit: 'commits/s' as const,
      durability: 'fsync' as const,
      parameters: { groups, partitions: PARTITIONS, inFlight: IN_FLIGHT },
      details: {
        listMs: Math.round(listMs),
        startAfterKillMs: Math.round(bed.broker.startMs),
        rssAfterStartMb: Math.round((afterStart?.rssBytes ?? 0) / 1e6),
      },
      processes,
      checked: `after a kill -9 all ${offsets} offsets were what was acknowledged last`,
      errors: 0,
    };
  } finally {
    await bed[Symbol.asyncDispose]();
  }
}

async function useClient<T>(
  { broker }: TestBed,
  use: (client: ClientProcess<GroupRole>) => Promise<T>,
): Promise<T> {
  const parameters: GroupParameters = { server: broker.server, topic: TOPIC, partitions: PARTITIONS };
  await using client = new ClientProcess<GroupRole>('group', parameters);
  return await use(client);
}
