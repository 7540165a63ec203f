import { Respool } from '../../sdk/index.js';
import { ClientProcess } from '../harness/client-process.js';
import { fillEvenly } from '../harness/even-fill.js';
import { medianLatency } from '../harness/latency.js';
import { statisticsOf } from '../harness/sample-statistics.js';
import { ratePerSecond, takeSamples } from '../harness/sampling.js';
import type { BenchContext, Scenario, ScenarioCase } from '../harness/scenario.js';
import { TestBed, TOPIC } from '../harness/test-bed.js';
import { UsageMeter } from '../harness/usage-meter.js';
import type { CommitParameters, CommitRole, Committed } from '../role/commit-role.js';

interface CommitCase {
  name: string;
  partitions: number;
  sample(client: ClientProcess<CommitRole>, seconds: number): Promise<Committed>;
}

const GROUP = 'committers';
const RECORDS_PER_PARTITION = 100;
/** One behind the other; as many as an eager program has; more than fit into one sync. */
const IN_FLIGHT = [1, 64, 1024];

/** How many commits a member has acknowledged a second, durable in the journal. */
export const commitScenario: Scenario = {
  name: 'commit',
  summary: 'offsets that the only member of a group commits a second, each acknowledged after fsync',
  cases: () =>
    [
      ...IN_FLIGHT.map((inFlight) => ({
        name: `one offset a commit, ${inFlight} in flight`,
        partitions: inFlight,
        sample: (client: ClientProcess<CommitRole>, seconds: number) => client.call('one', inFlight, seconds),
      })),
      {
        name: '100 offsets a commit, one commit in flight',
        partitions: 100,
        sample: (client: ClientProcess<CommitRole>, seconds: number) => client.call('all', seconds),
      },
    ].map(scenarioCase),
};

function scenarioCase(commitCase: CommitCase): ScenarioCase {
  return {
    name: commitCase.name,
    isShort: commitCase.partitions <= 100,
    run: (context) => measure(context, commitCase),
  };
}

async function measure(context: BenchContext, { partitions, sample }: CommitCase) {
  await using bed = await TestBed.start(context, { durability: 'fsync', partitions });
  await fillEvenly(bed, RECORDS_PER_PARTITION);
  const parameters: CommitParameters = {
    server: bed.broker.server,
    topic: TOPIC,
    group: GROUP,
    partitions,
    recordsPerPartition: RECORDS_PER_PARTITION,
  };
  await using client = new ClientProcess<CommitRole>('commit', parameters, context.nodeFlags);
  await client.call('open');
  const meter = new UsageMeter([{ name: 'broker', usage: () => bed.broker.usage() }, client]);
  const samples = await takeSamples(context.options, (seconds) => sample(client, seconds));
  const processes = meter.read();
  await checkCommitted(bed.broker.server, await client.call('acknowledged'));
  return {
    ...statisticsOf(samples.map((one) => ratePerSecond([one], ({ commits }) => commits))),
    unit: 'commits/s' as const,
    durability: 'fsync' as const,
    parameters: { partitions },
    latencyMs: medianLatency(samples.map(({ ackMs }) => ackMs)),
    details: {},
    processes,
    checked: `the group has every one of ${partitions} partitions committed where the last acknowledgement said`,
    errors: 0,
  };
}

async function checkCommitted(server: string, acknowledged: readonly number[]): Promise<void> {
  await using client = new Respool(server);
  const [group] = await client.groups.describe([GROUP], { withAge: false });
  acknowledged.forEach((offset, partition) => {
    const found = group?.partitions.find((progress) => progress.partition === partition)?.committed?.offset;
    if (found !== offset) {
      throw new Error(`${TOPIC}-${partition}: ${found} is committed, ${offset} was acknowledged`);
    }
  });
}
