import { ClientProcess } from '../harness/client-process.js';
import { statisticsOf } from '../harness/sample-statistics.js';
import type { BenchContext, Scenario, ScenarioCase } from '../harness/scenario.js';
import { TestBed, TOPIC } from '../harness/test-bed.js';
import type { FetchParameters, FetchRole } from '../role/fetch-role.js';
import type { ProduceParameters, ProduceRole } from '../role/produce-role.js';

interface RecoveryCase {
  name: string;
  logBytes: number;
  partitions: number;
  ending: 'SIGKILL' | 'SIGTERM';
}

const VALUE_BYTES = 1024;

/** How long a broker takes to serve again. */
export const recoveryScenario: Scenario = {
  name: 'recovery',
  summary: 'time from starting the process until /readyz says ready and a first fetch was answered',
  cases: (context) => casesFor(context).map(scenarioCase),
};

function casesFor({ options: { logGb, manyPartitions } }: BenchContext): RecoveryCase[] {
  const logBytes = logGb * 1e9;
  const spreadBytes = Math.min(logBytes, 1e9);
  const log = `a log of ${logGb} GB`;
  const spread = `${manyPartitions} partitions with ${spreadBytes / 1e9} GB`;
  return [
    { name: `${log}, kill -9 under load`, logBytes, partitions: 1, ending: 'SIGKILL' },
    { name: `${log}, clean stop`, logBytes, partitions: 1, ending: 'SIGTERM' },
    {
      name: `${spread}, kill -9 under load`,
      logBytes: spreadBytes,
      partitions: manyPartitions,
      ending: 'SIGKILL',
    },
    {
      name: `${spread}, clean stop`,
      logBytes: spreadBytes,
      partitions: manyPartitions,
      ending: 'SIGTERM',
    },
  ];
}

function scenarioCase(parameters: RecoveryCase): ScenarioCase {
  return { name: parameters.name, isShort: true, run: (context) => measure(context, parameters) };
}

interface Ready {
  /** Until the process said that it serves, /readyz agreed, and a record came. */
  totalMs: number;
  /** Until /readyz agreed. */
  servingMs: number;
}

async function measure(context: BenchContext, { logBytes, partitions, ending }: RecoveryCase) {
  const starts: Ready[] = [];
  let bed = await TestBed.start(context, { durability: 'fsync', partitions });
  const writers: Writer[] = [];
  try {
    // The first run fills the log, the others only continue it: a start must not depend on what it has scanned before.
    for (let run = 0; run < context.options.runs; run++) {
      const writer = new Writer(bed, writers.length);
      writers.push(writer);
      await writer.write(run === 0 ? Math.ceil(logBytes / VALUE_BYTES) : RECORDS_BETWEEN);
      await writer.endWith(bed, ending);
      bed = await bed.restart(context);
      starts.push(await timeUntilReady(bed));
    }
    const usage = bed.broker.usage();
    const records = await bed.verify(
      VALUE_BYTES,
      writers.map(({ acknowledged }) => acknowledged),
      writers.map(({ sent }) => sent),
    );
    return {
      ...statisticsOf(starts.map(({ totalMs }) => Math.round(totalMs))),
      unit: 'ms' as const,
      durability: 'fsync' as const,
      parameters: { partitions, logBytes, ending },
      details: { slowestServingMs: Math.round(Math.max(...starts.map(({ servingMs }) => servingMs))) },
      processes: usage === undefined ? [] : [{ name: 'broker', ...usage }],
      checked: `${records} records were read back: all that were acknowledged, whole, once and in order`,
      errors: 0,
    };
  } finally {
    await bed[Symbol.asyncDispose]();
  }
}

/** Enough for several checkpoints and for a tail that no checkpoint covers. */
const RECORDS_BETWEEN = 200_000;

/** Fills the log, and is still at it when the broker is killed. */
class Writer {
  acknowledged = 0;
  /** What may be in the log beyond that. */
  sent = 0;
  readonly #client: ClientProcess<ProduceRole>;

  constructor({ broker, settings }: TestBed, producer: number) {
    const parameters: ProduceParameters = {
      server: broker.server,
      topic: TOPIC,
      valueBytes: VALUE_BYTES,
      producer,
      ...(settings.partitions === 1 ? {} : { spreadOver: settings.partitions }),
    };
    this.#client = new ClientProcess<ProduceRole>('produce', parameters);
  }

  async write(records: number): Promise<void> {
    await this.#client.call('open');
    await this.#client.call('writeCount', records);
    this.acknowledged = await this.#client.call('count');
    this.sent = this.acknowledged;
  }

  /** Ends the broker: a kill meets it in the midst of more records, whose fate is then unknown; a clean stop comes when all is quiet. */
  async endWith({ broker }: TestBed, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    if (signal === 'SIGKILL') {
      await this.#client.call('handOver', UNKNOWN_RECORDS);
      await broker.end('SIGKILL');
      this.sent += UNKNOWN_RECORDS;
      await this.#client.kill();
      return;
    }
    await this.#client[Symbol.asyncDispose]();
    await broker.end('SIGTERM');
  }
}

/** More than the producer's buffer holds, so that some are stored, some are on their way and some wait when the last was handed over. */
const UNKNOWN_RECORDS = 50_000;

async function timeUntilReady({ broker }: TestBed): Promise<Ready> {
  const askedMs = performance.now();
  const readiness = await fetch(`http://${broker.http}/readyz`);
  if (!readiness.ok)
    throw new Error(`the broker serves, and /readyz says otherwise: ${await readiness.text()}`);
  const servingMs = broker.startMs + performance.now() - askedMs;
  const parameters: FetchParameters = { server: broker.server, topic: TOPIC };
  await using reader = new ClientProcess<FetchRole>('fetch', parameters);
  return { servingMs, totalMs: servingMs + (await reader.call('first')) };
}
