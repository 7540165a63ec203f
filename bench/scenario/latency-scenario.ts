import { ClientProcess } from '../harness/client-process.js';
import { type LatencySummary, medianLatency } from '../harness/latency.js';
import { medianOf, statisticsOf } from '../harness/sample-statistics.js';
import { ratePerSecond, takeSamples } from '../harness/sampling.js';
import type { BenchContext, Scenario, ScenarioCase } from '../harness/scenario.js';
import { TestBed, TOPIC } from '../harness/test-bed.js';
import { UsageMeter } from '../harness/usage-meter.js';
import type { Produced, ProduceParameters, ProduceRole } from '../role/produce-role.js';

const VALUE_BYTES = [100, 1024];
/** Of the full load, which is measured first. */
const SHARES = [0.1, 0.5];

/** How long a record takes from being handed over until it is acknowledged, with `fsync`. */
export const latencyScenario: Scenario = {
  name: 'latency',
  summary:
    'time from handing a record over to its acknowledgement after fsync, one at a time and at a share of full load',
  cases: () =>
    VALUE_BYTES.flatMap((valueBytes) => [
      oneCase(valueBytes),
      ...SHARES.map((share) => shareCase(valueBytes, share)),
    ]),
};

function oneCase(valueBytes: number): ScenarioCase {
  return {
    name: `${valueBytes} B, one at a time`,
    isShort: valueBytes === 100,
    run: (context) =>
      measure(context, valueBytes, async (client) => {
        const samples = await takeSamples(context.options, (seconds) => client.call('one', seconds));
        const rate = medianOf(samples.map((sample) => perSecond(sample)));
        return { acks: samples.map(({ ackMs }) => ackMs), details: { recordsPerSecond: rate } };
      }),
  };
}

function shareCase(valueBytes: number, share: number): ScenarioCase {
  return {
    name: `${valueBytes} B, ${share * 100} % of full load`,
    isShort: valueBytes === 100,
    run: (context) =>
      measure(context, valueBytes, async (client) => {
        const full = await takeSamples(context.options, (seconds) => client.call('write', seconds));
        const fullRate = medianOf(full.map((sample) => perSecond(sample)));
        const rate = Math.max(1, Math.round(fullRate * share));
        const samples = await takeSamples(context.options, (seconds) => client.call('offer', rate, seconds));
        const details = {
          fullLoadRecordsPerSecond: fullRate,
          offeredRecordsPerSecond: rate,
          reachedRecordsPerSecond: medianOf(samples.map((sample) => perSecond(sample))),
          handedOverLateP99Ms: Math.max(...samples.map(({ lateMs }) => lateMs.p99)),
        };
        return { acks: samples.map(({ ackMs }) => ackMs), details };
      }),
  };
}

interface Measured {
  acks: LatencySummary[];
  details: Record<string, number>;
}

async function measure(
  context: BenchContext,
  valueBytes: number,
  run: (client: ClientProcess<ProduceRole>) => Promise<Measured>,
) {
  await using bed = await TestBed.start(context, { durability: 'fsync', partitions: 1 });
  const parameters: ProduceParameters = { server: bed.broker.server, topic: TOPIC, valueBytes, producer: 0 };
  await using client = new ClientProcess<ProduceRole>('produce', parameters, context.nodeFlags);
  await client.call('open');
  const meter = new UsageMeter([{ name: 'broker', usage: () => bed.broker.usage() }, client]);
  const { acks, details } = await run(client);
  const processes = meter.read();
  const records = await bed.verify(valueBytes, [await client.call('count')]);
  return {
    ...statisticsOf(acks.map(({ p50 }) => p50)),
    unit: 'ms' as const,
    durability: 'fsync' as const,
    parameters: { valueBytes },
    latencyMs: medianLatency(acks),
    details,
    processes,
    checked: `${records} records were read back: all that were acknowledged, whole, once and in order`,
    errors: 0,
  };
}

function perSecond(produced: Produced): number {
  return ratePerSecond([produced], ({ records }) => records);
}
