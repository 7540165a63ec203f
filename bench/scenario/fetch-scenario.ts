import { ClientProcess } from '../harness/client-process.js';
import { statisticsOf } from '../harness/sample-statistics.js';
import { ratePerSecond, takeSamples } from '../harness/sampling.js';
import type { BenchContext, Scenario, ScenarioCase } from '../harness/scenario.js';
import { TestBed, TOPIC } from '../harness/test-bed.js';
import { UsageMeter } from '../harness/usage-meter.js';
import { FETCH_MODES, type FetchMode, type FetchParameters, type FetchRole } from '../role/fetch-role.js';
import type { ProduceParameters, ProduceRole } from '../role/produce-role.js';

const VALUE_BYTES = [100, 1024];

/** How many records a second a client reads from a log that the operating system has in memory. */
export const fetchScenario: Scenario = {
  name: 'fetch',
  summary: 'records read a second from a log in the page cache, by how far they are decoded',
  cases: () => VALUE_BYTES.flatMap((valueBytes) => FETCH_MODES.map((mode) => scenarioCase(valueBytes, mode))),
};

function scenarioCase(valueBytes: number, mode: FetchMode): ScenarioCase {
  return {
    name: `${valueBytes} B, ${mode}, 1 reader`,
    isShort: valueBytes === 100,
    run: (context) => measure(context, valueBytes, mode),
  };
}

async function measure(context: BenchContext, valueBytes: number, mode: FetchMode) {
  const { options, nodeFlags } = context;
  await using bed = await TestBed.start(context, { durability: 'fsync', partitions: 1 });
  const records = await fill(bed, valueBytes, Math.ceil((options.fetchMb * 1e6) / valueBytes));
  await bed.verify(valueBytes, [records]);
  const parameters: FetchParameters = { server: bed.broker.server, topic: TOPIC };
  await using client = new ClientProcess<FetchRole>('fetch', parameters, nodeFlags);
  const meter = new UsageMeter([{ name: 'broker', usage: () => bed.broker.usage() }, client]);
  const samples = await takeSamples(options, (seconds) => passes(client, mode, seconds, records, valueBytes));
  const statistics = statisticsOf(samples);
  return {
    ...statistics,
    unit: 'records/s' as const,
    durability: 'fsync' as const,
    parameters: { valueBytes, mode, readers: 1, logRecords: records },
    details: { megabytesPerSecond: Math.round((statistics.median * valueBytes) / 1e6) },
    processes: meter.read(),
    checked: `every pass read all ${records} records at offsets without gaps; their values were compared once`,
    errors: 0,
  };
}

async function fill({ broker }: TestBed, valueBytes: number, records: number): Promise<number> {
  const parameters: ProduceParameters = { server: broker.server, topic: TOPIC, valueBytes, producer: 0 };
  await using producer = new ClientProcess<ProduceRole>('produce', parameters);
  await producer.call('open');
  await producer.call('writeCount', records - 1);
  return await producer.call('count');
}

/** Reads the whole log again and again until the time is over; returns records a second. */
async function passes(
  client: ClientProcess<FetchRole>,
  mode: FetchMode,
  seconds: number,
  records: number,
  valueBytes: number,
): Promise<number> {
  const untilMs = performance.now() + seconds * 1000;
  const done = [];
  do {
    const pass = await client.call('pass', mode);
    const expectedBytes = mode === 'raw' ? 0 : records * valueBytes;
    if (pass.records !== records || pass.valueBytes !== expectedBytes) {
      throw new Error(
        `${pass.records} of ${records} records were read, ${pass.valueBytes} of ${expectedBytes} bytes`,
      );
    }
    done.push(pass);
  } while (performance.now() < untilMs);
  return ratePerSecond(done, (pass) => pass.records);
}
