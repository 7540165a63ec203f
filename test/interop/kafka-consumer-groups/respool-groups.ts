/** Our broker and `respool group reset`. */

import { type Ended, run, TestBroker } from '../../cli/command.js';
import { joinGroup } from '../../cli/group/member.js';
import { batchesOf, LOG } from './filled-log.js';
import {
  byGroup,
  type GroupTool,
  type Offsets,
  type OffsetsByGroup,
  placeOf,
  type ResetResult,
} from './group-tool.js';

export class RespoolGroups implements GroupTool, AsyncDisposable {
  /** Of the commands that are run. */
  timeZone = 'UTC';

  private constructor(private readonly broker: TestBroker) {}

  static async start(): Promise<RespoolGroups> {
    return new RespoolGroups(await TestBroker.start());
  }

  async fill(): Promise<void> {
    const { client } = this.broker;
    for (const [topic, partitions] of Object.entries(LOG)) {
      await client.admin.createTopic(topic, { partitions: partitions.length });
      for (const [partition, filled] of partitions.entries()) {
        for (const timesMs of batchesOf(filled)) {
          const records = timesMs.map((timestampMs) => ({ partition, value: 'record', timestampMs }));
          await client.append({ topic, records });
        }
        await client.admin.truncatePrefix(topic, partition, filled.logStartOffset);
      }
    }
  }

  async restore(commits: OffsetsByGroup): Promise<void> {
    const { groups } = this.broker.client;
    for (const group of await this.groups()) await groups.delete(group);
    for (const [group, offsets] of Object.entries(commits)) {
      const listed = Object.entries(offsets).map(([name, offset]) => ({ ...placeOf(name), offset }));
      await groups.commitOffsets(group, listed);
    }
  }

  async committed(group: string): Promise<Offsets> {
    const [description] = await this.broker.client.groups.describe([group]);
    const offsets = description!.partitions.flatMap(({ topic, partition, committed }) =>
      committed === undefined ? [] : [[`${topic}-${partition}`, committed.offset] as const],
    );
    return Object.fromEntries(offsets);
  }

  async groups(): Promise<string[]> {
    return (await this.broker.client.groups.list()).map(({ group }) => group).sort();
  }

  async reset(groups: readonly string[] | 'all', flags: readonly string[]): Promise<ResetResult> {
    const { code, stdout, stderr } = await this.#run(groups, [...flags, '--json']);
    if (code !== 0) return { exitCode: Number(code), moved: {}, complaint: stderr };
    const { resets } = JSON.parse(stdout.toString()) as { resets: PrintedReset[] };
    const moved = byGroup(resets.map(({ after, ...place }) => ({ ...place, offset: after })));
    return { exitCode: 0, moved, complaint: undefined };
  }

  async exported(groups: readonly string[] | 'all', flags: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.#run(groups, [...flags, '--export', 'csv']);
    if (code !== 0) throw new Error(`respool group reset refused to export: ${stderr}`);
    return stdout.toString();
  }

  async join(group: string): Promise<AsyncDisposable> {
    const consumer = await joinGroup(this.broker.client, group, 'member');
    return { [Symbol.asyncDispose]: () => consumer.close() };
  }

  #run(groups: readonly string[] | 'all', flags: readonly string[]): Promise<Ended> {
    const args = ['group', 'reset', ...(groups === 'all' ? ['--all-groups'] : groups), ...flags];
    return run(args, { env: { RESPOOL_SERVER: this.broker.server, TZ: this.timeZone } });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.broker[Symbol.asyncDispose]();
  }
}

/** Of what `--json` prints, what Kafka's tool says as well. */
interface PrintedReset {
  group: string;
  topic: string;
  partition: number;
  after: number;
}
