/** A broker of Kafka, alone in its cluster. */
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { endJvm, logLevel, startJvm } from './jvm.js';

/** Sixteen bytes, as Kafka writes them. */
const CLUSTER_ID = Buffer.from('respool-interop!').toString('base64url');

export class KafkaBroker implements AsyncDisposable {
  private constructor(
    /** `host:port`. */
    readonly address: string,
    private readonly jvm: ChildProcessWithoutNullStreams,
  ) {}

  /** Resolves when it takes calls. Its data are below `folder`. */
  static async start(classPath: string, folder: string): Promise<KafkaBroker> {
    const [port, controllerPort] = await freePorts();
    const properties = join(folder, 'server.properties');
    await mkdir(folder, { recursive: true });
    await writeFile(properties, configuration(port, controllerPort, join(folder, 'data')));
    await format(classPath, properties);
    const logging = [logLevel('warn'), logLevel('info', 'kafka.server.KafkaRaftServer')];
    const broker = startJvm(classPath, logging, ['kafka.Kafka', properties]);
    await started(broker);
    return new KafkaBroker(`127.0.0.1:${port}`, broker);
  }

  /** Ends it at once: nobody reads its data again. */
  [Symbol.asyncDispose](): Promise<void> {
    return endJvm(this.jvm);
  }
}

/** Nobody else has them at the moment; Kafka must be told the one of its controller before it starts. */
async function freePorts(): Promise<[number, number]> {
  const servers = [createServer(), createServer()];
  const ports: number[] = [];
  for (const server of servers) {
    await once(server.listen(0, '127.0.0.1'), 'listening');
    ports.push((server.address() as AddressInfo).port);
  }
  for (const server of servers) await once(server.close(), 'close');
  return [ports[0]!, ports[1]!];
}

function configuration(port: number, controllerPort: number, dataDir: string): string {
  const settings = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'log.dirs': dataDir,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 1,
    'group.initial.rebalance.delay.ms': 0,
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

async function format(classPath: string, properties: string): Promise<void> {
  const args = ['kafka.tools.StorageTool', 'format', '-t', CLUSTER_ID, '-c', properties];
  const tool = startJvm(classPath, [logLevel('error')], args);
  tool.stdout.resume();
  const said: Buffer[] = [];
  tool.stderr.on('data', (chunk: Buffer) => said.push(chunk));
  const [code] = await once(tool, 'close');
  if (code !== 0) throw new Error(`Kafka's storage cannot be made: ${Buffer.concat(said)}`);
}

/** Resolves when it says that it has started; rejects with what it said, if it ends before. */
function started(broker: ChildProcessWithoutNullStreams): Promise<void> {
  broker.stdout.resume();
  return new Promise((resolve, reject) => {
    const said: string[] = [];
    createInterface({ input: broker.stderr })
      .on('line', (line) => {
        if (line.endsWith('Kafka Server started')) resolve();
        said.push(line);
      })
      .on('close', () => reject(new Error(`Kafka did not start: ${said.join('\n')}`)));
  });
}
