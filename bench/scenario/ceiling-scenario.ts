import { ClientProcess } from '../harness/client-process.js';
import { DataFolder } from '../harness/data-folder.js';
import { statisticsOf } from '../harness/sample-statistics.js';
import { ratePerSecond, takeSamples } from '../harness/sampling.js';
import type { BenchContext, Scenario, ScenarioCase } from '../harness/scenario.js';
import { UsageMeter } from '../harness/usage-meter.js';
import type { DiskAppends, DiskParameters, DiskRole } from '../role/disk-role.js';
import type { PassClientParameters, PassClientRole, Passed } from '../role/pass-client-role.js';
import type { PassServerParameters, PassServerRole } from '../role/pass-server-role.js';

/** As the SDK's producer makes them. */
const BATCH_BYTES = 128 * 1024;
/** As many as an idempotent producer has on their way to one partition. */
const IN_FLIGHT = 5;

const GROUPS: readonly { batchBytes: number; batches: number }[] = [
  { batchBytes: 4096, batches: 1 },
  { batchBytes: BATCH_BYTES, batches: 1 },
  { batchBytes: BATCH_BYTES, batches: 3 },
  { batchBytes: BATCH_BYTES, batches: IN_FLIGHT },
  { batchBytes: BATCH_BYTES, batches: 8 },
];

const STREAMS: readonly { valueBytes: number; isDurable: boolean; inFlight: number }[] = [
  { valueBytes: 100, isDurable: false, inFlight: IN_FLIGHT },
  { valueBytes: 100, isDurable: false, inFlight: 16 },
  { valueBytes: 100, isDurable: true, inFlight: IN_FLIGHT },
  { valueBytes: 100, isDurable: true, inFlight: 16 },
  { valueBytes: 1024, isDurable: false, inFlight: IN_FLIGHT },
  { valueBytes: 1024, isDurable: true, inFlight: IN_FLIGHT },
];

/** What the disk, the stack, and both together can do at best on this machine: what the other scenarios are a share of. */
export const ceilingScenario: Scenario = {
  name: 'ceiling',
  summary:
    'append and sync alone; encoded batches through gRPC without a broker, without and with a file behind it',
  cases: () => [...GROUPS.map(diskCase), ...STREAMS.map(streamCase)],
};

function diskCase({ batchBytes, batches }: (typeof GROUPS)[number]): ScenarioCase {
  const name = `append + fdatasync, ${batches} × ${batchBytes / 1024} KiB`;
  return { name, isShort: batches === 1, run: (context) => measureDisk(context, batchBytes, batches) };
}

async function measureDisk({ dir, options }: BenchContext, batchBytes: number, batches: number) {
  using folder = new DataFolder(dir);
  const parameters: DiskParameters = { dir: folder.path };
  await using client = new ClientProcess<DiskRole>('disk', parameters);
  const meter = new UsageMeter([client]);
  const samples = await takeSamples(options, (seconds) =>
    client.call('append', batchBytes, batches, seconds),
  );
  const statistics = statisticsOf(samples.map((sample) => ratePerSecond([sample], ({ groups }) => groups)));
  const bytesPerSecond = statistics.median * batchBytes * batches;
  return {
    ...statistics,
    unit: 'commits/s' as const,
    durability: 'fsync' as const,
    parameters: { batchBytes, batches },
    latencyMs: longest(samples),
    details: { megabytesPerSecond: Math.round(bytesPerSecond / 1e6) },
    processes: meter.read(),
    checked: 'every write was whole and every sync succeeded',
    errors: 0,
  };
}

/** The latencies of the sample with the largest p99: the disk at its worst is what is to be compared with. */
function longest(samples: readonly DiskAppends[]) {
  return samples.map(({ groupMs }) => groupMs).reduce((worst, one) => (one.p99 > worst.p99 ? one : worst));
}

function streamCase(parameters: (typeof STREAMS)[number]): ScenarioCase {
  const { valueBytes, isDurable, inFlight } = parameters;
  const behind = isDurable ? 'append + fdatasync behind it' : 'nothing behind it';
  const name = `gRPC stream, ${valueBytes} B records, ${inFlight} × 128 KiB in flight, ${behind}`;
  return {
    name,
    isShort: valueBytes === 100 && inFlight === IN_FLIGHT,
    run: (context) => measureStream(context, parameters),
  };
}

async function measureStream(
  context: BenchContext,
  { valueBytes, isDurable, inFlight }: (typeof STREAMS)[number],
) {
  const { dir, options, nodeFlags } = context;
  using folder = new DataFolder(dir);
  const serverParameters: PassServerParameters = isDurable ? { dir: folder.path } : {};
  await using server = new ClientProcess<PassServerRole>('pass-server', serverParameters, nodeFlags);
  const clientParameters: PassClientParameters = {
    server: await server.call('listen'),
    valueBytes,
    batchBytes: BATCH_BYTES,
    inFlight,
  };
  await using client = new ClientProcess<PassClientRole>('pass-client', clientParameters, nodeFlags);
  const meter = new UsageMeter([server, client]);
  const samples: Passed[] = await takeSamples(options, (seconds) => client.call('pass', seconds));
  const statistics = statisticsOf(samples.map((sample) => ratePerSecond([sample], ({ records }) => records)));
  return {
    ...statistics,
    unit: 'records/s' as const,
    durability: isDurable ? ('fsync' as const) : ('none' as const),
    parameters: { valueBytes, batchBytes: BATCH_BYTES, inFlight },
    details: { megabytesPerSecond: Math.round((statistics.median * valueBytes) / 1e6) },
    processes: meter.read(),
    checked: 'every batch that was sent was acknowledged',
    errors: 0,
  };
}
