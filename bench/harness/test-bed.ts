import { Respool } from '../../sdk/index.js';
import type { VerifyRole } from '../role/verify-role.js';
import { BrokerProcess } from './broker-process.js';
import { ClientProcess } from './client-process.js';
import { DataFolder } from './data-folder.js';
import type { Durability } from './result.js';
import type { BenchContext } from './scenario.js';

export const TOPIC = 'bench';

export interface TestBedSettings {
  durability: Durability;
  partitions: number;
}

/** A broker with one empty topic, on a data directory of its own. */
export class TestBed implements AsyncDisposable {
  private constructor(
    private readonly folder: DataFolder,
    readonly broker: BrokerProcess,
    readonly settings: TestBedSettings,
  ) {}

  static async start(context: BenchContext, settings: TestBedSettings): Promise<TestBed> {
    const folder = new DataFolder(context.dir);
    const { durability, partitions } = settings;
    const broker = await BrokerProcess.start({
      dataDir: folder.path,
      durability,
      nodeFlags: context.nodeFlags,
    });
    await createTopic(broker.server, partitions);
    return new TestBed(folder, broker, settings);
  }

  /** Starts a broker again on the same data, after the last one has ended. */
  async restart(context: BenchContext): Promise<TestBed> {
    const { durability } = this.settings;
    const broker = await BrokerProcess.start({
      dataDir: this.folder.path,
      durability,
      nodeFlags: context.nodeFlags,
    });
    return new TestBed(this.folder, broker, this.settings);
  }

  /** As {@link VerifyRole.check}, in a process of its own. */
  async verify(valueBytes: number, acknowledged: number[], sent: number[] = acknowledged): Promise<number> {
    const { server } = this.broker;
    const { partitions } = this.settings;
    await using verifier = new ClientProcess<VerifyRole>('verify', {
      server,
      topic: TOPIC,
      partitions,
      valueBytes,
    });
    return await verifier.call('check', acknowledged, sent);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.broker.end('SIGTERM');
    this.folder[Symbol.dispose]();
  }
}

async function createTopic(server: string, partitions: number): Promise<void> {
  await using client = new Respool(server);
  await client.admin.createTopic(TOPIC, { partitions });
}
