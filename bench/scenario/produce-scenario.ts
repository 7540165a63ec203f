import { ClientProcess } from '../harness/client-process.js';
import { CommitStatistics } from '../harness/commit-statistics.js';
import type { Durability } from '../harness/result.js';
import { statisticsOf } from '../harness/sample-statistics.js';
import { ratePerSecond, takeSamples } from '../harness/sampling.js';
import type { BenchContext, Scenario, ScenarioCase } from '../harness/scenario.js';
import { TestBed, TOPIC } from '../harness/test-bed.js';
import { cpuPerRecord, UsageMeter } from '../harness/usage-meter.js';
import type { Produced, ProduceParameters, ProduceRole } from '../role/produce-role.js';

interface ProduceCase {
  valueBytes: number;
  durability: Durability;
  partitions: number;
  producers: number;
  /** How records are handed over; see {@link ProduceRole}. */
  way: 'write' | 'writeUntilFull' | 'send';
  /** Records go to all partitions in turn, rather than filling a batch of one after the other. */
  isSpread?: boolean;
  isShort?: boolean;
}

const BASE: ProduceCase = { valueBytes: 100, durability: 'fsync', partitions: 1, producers: 1, way: 'write' };

const CASES: readonly ProduceCase[] = [
  { ...BASE, isShort: true },
  { ...BASE, way: 'send', isShort: true },
  { ...BASE, way: 'writeUntilFull' },
  { ...BASE, durability: 'interval' },
  { ...BASE, durability: 'os', isShort: true },
  { ...BASE, partitions: 16 },
  { ...BASE, partitions: 256 },
  { ...BASE, partitions: 256, isSpread: true, isShort: true },
  { ...BASE, producers: 8 },
  { ...BASE, partitions: 16, producers: 8, isShort: true },
  { ...BASE, valueBytes: 1024, isShort: true },
  { ...BASE, valueBytes: 1024, way: 'send' },
  { ...BASE, valueBytes: 1024, durability: 'interval' },
  { ...BASE, valueBytes: 1024, durability: 'os' },
  { ...BASE, valueBytes: 1024, partitions: 16 },
  { ...BASE, valueBytes: 1024, partitions: 256 },
  { ...BASE, valueBytes: 1024, producers: 8 },
];

/** Values that a client awaits at a time: enough for full batches, and well below the producer's buffer, as a record that waits for room in it is copied later. */
const BYTES_IN_FLIGHT = 8 * 1024 ** 2;

/** How many records a second are acknowledged, when clients hand over as many as are taken. */
export const produceScenario: Scenario = {
  name: 'produce',
  summary: 'records acknowledged a second, from clients that hand over all they can',
  cases: () => CASES.map(scenarioCase),
};

function scenarioCase(parameters: ProduceCase): ScenarioCase {
  const { isShort = false } = parameters;
  return { name: nameOf(parameters), isShort, run: (context) => measure(context, parameters) };
}

function nameOf({ valueBytes, durability, partitions, producers, way, isSpread }: ProduceCase): string {
  const places = `${partitions} partition${partitions === 1 ? '' : 's'}${isSpread ? ' in turn' : ''}`;
  const senders = `${producers} producer${producers === 1 ? '' : 's'}`;
  return `${valueBytes} B, ${durability}, ${places}, ${senders}, ${way}`;
}

async function measure(context: BenchContext, parameters: ProduceCase) {
  const { valueBytes, durability, partitions, producers, way } = parameters;
  await using bed = await TestBed.start(context, { durability, partitions });
  const clients = startProducers(bed, context, parameters);
  await using _ended = { [Symbol.asyncDispose]: async () => void (await Promise.all(clients.map(end))) };
  await Promise.all(clients.map((client) => client.call('open')));
  const sampled = await sampleTogether(context, bed, clients, parameters);
  const counts = await Promise.all(clients.map((client) => client.call('count')));
  const records = await bed.verify(valueBytes, counts);
  const rates = sampled.samples.map((works) => ratePerSecond(works, (work) => work.records));
  const statistics = statisticsOf(rates);
  return {
    ...statistics,
    unit: 'records/s' as const,
    durability,
    parameters: { valueBytes, partitions, producers, way },
    details: {
      megabytesPerSecond: Math.round((statistics.median * valueBytes) / 1e6),
      ...cpuPerRecord(sampled.processes, records),
      ...sampled.commits,
    },
    processes: sampled.processes,
    checked: `${records} records were read back: all that were acknowledged, whole, once and in order`,
    errors: 0,
  };
}

function startProducers(
  { broker }: TestBed,
  { nodeFlags }: BenchContext,
  { valueBytes, partitions, producers, isSpread }: ProduceCase,
): ClientProcess<ProduceRole>[] {
  return Array.from({ length: producers }, (_, producer) => {
    const parameters: ProduceParameters = {
      server: broker.server,
      topic: TOPIC,
      valueBytes,
      producer,
      ...(isSpread ? { spreadOver: partitions } : {}),
    };
    return new ClientProcess<ProduceRole>('produce', parameters, nodeFlags);
  });
}

/** Samples of all producers at once, and what was used meanwhile. */
async function sampleTogether(
  { options }: BenchContext,
  { broker }: TestBed,
  clients: readonly ClientProcess<ProduceRole>[],
  { way, valueBytes }: ProduceCase,
) {
  const inFlight = Math.floor(BYTES_IN_FLIGHT / valueBytes);
  const sample = (seconds: number): Promise<Produced[]> =>
    Promise.all(
      clients.map((client) =>
        way === 'send' ? client.call('send', seconds, inFlight) : client.call(way, seconds),
      ),
    );
  const commits = await CommitStatistics.start(broker);
  const meter = new UsageMeter([{ name: 'broker', usage: () => broker.usage() }, ...clients]);
  const samples = await takeSamples(options, sample);
  return { samples, processes: meter.read(), commits: await commits.read() };
}

function end(client: ClientProcess<ProduceRole>): Promise<void> {
  return client[Symbol.asyncDispose]();
}
