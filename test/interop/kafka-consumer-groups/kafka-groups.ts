/** Kafka's broker and its `kafka-consumer-groups`. */
import { type Admin, Kafka, logLevel, Partitioners } from 'kafkajs';
import { batchesOf, LOG } from './filled-log.js';
import {
  byGroup,
  type GroupTool,
  type Offsets,
  type OffsetsByGroup,
  placeOf,
  type ResetResult,
} from './group-tool.js';
import type { KafkaTools, ToolResult } from './kafka-tools.js';

const TOOL = 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand';
/** So long it looks for a partition that does not exist, and half a minute if it is not told. */
const TIMEOUT_MS = '5000';

export class KafkaGroups implements GroupTool, AsyncDisposable {
  private constructor(
    private readonly address: string,
    private readonly tools: KafkaTools,
    private readonly kafka: Kafka,
    private readonly admin: Admin,
  ) {}

  static async connect(address: string, tools: KafkaTools): Promise<KafkaGroups> {
    const kafka = new Kafka({ brokers: [address], logLevel: logLevel.NOTHING });
    const admin = kafka.admin();
    await admin.connect();
    return new KafkaGroups(address, tools, kafka, admin);
  }

  async fill(): Promise<void> {
    const topics = Object.entries(LOG);
    await this.admin.createTopics({
      waitForLeaders: true,
      topics: topics.map(([topic, partitions]) => ({ topic, numPartitions: partitions.length })),
    });
    const producer = this.kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await producer.connect();
    for (const [topic, partitions] of topics) {
      for (const [partition, filled] of partitions.entries()) {
        for (const timesMs of batchesOf(filled)) {
          const messages = timesMs.map((ms) => ({ partition, value: 'record', timestamp: String(ms) }));
          await producer.send({ topic, messages });
        }
      }
      // It does not ask for the leaders by itself before it has records deleted.
      await this.admin.fetchTopicMetadata({ topics: [topic] });
      const deleted = partitions.map(({ logStartOffset }, partition) => ({
        partition,
        offset: String(logStartOffset),
      }));
      await this.admin.deleteTopicRecords({ topic, partitions: deleted });
    }
    await producer.disconnect();
  }

  async restore(commits: OffsetsByGroup): Promise<void> {
    await this.admin.deleteGroups(await this.groups());
    for (const [group, offsets] of Object.entries(commits)) {
      const listed = Object.entries(offsets).map(([name, offset]) => ({ ...placeOf(name), offset }));
      await this.tools.commit(this.address, group, listed);
    }
  }

  async committed(group: string): Promise<Offsets> {
    const topics = await this.admin.fetchOffsets({ groupId: group });
    const offsets = topics.flatMap(({ topic, partitions }) =>
      partitions.map(({ partition, offset }) => [`${topic}-${partition}`, Number(offset)] as const),
    );
    return Object.fromEntries(offsets.filter(([, offset]) => offset >= 0));
  }

  async groups(): Promise<string[]> {
    const { groups } = await this.admin.listGroups();
    return groups.map(({ groupId }) => groupId).sort();
  }

  async reset(groups: readonly string[] | 'all', flags: readonly string[]): Promise<ResetResult> {
    const result = await this.#run(groups, flags);
    return {
      exitCode: result.exitCode,
      moved: byGroup(result.out.split('\n').flatMap(parseRow)),
      complaint: complaintOf(result),
    };
  }

  async exported(groups: readonly string[] | 'all', flags: readonly string[]): Promise<string> {
    const result = await this.#run(groups, [...flags, '--export']);
    const complaint = complaintOf(result);
    if (complaint !== undefined) throw new Error(`kafka-consumer-groups refused to export: ${complaint}`);
    return result.out;
  }

  async join(group: string): Promise<AsyncDisposable> {
    const consumer = this.kafka.consumer({ groupId: group });
    const joined = new Promise((resolve) => consumer.on(consumer.events.GROUP_JOIN, resolve));
    await consumer.connect();
    await consumer.subscribe({ topics: ['orders'] });
    await consumer.run({ autoCommit: false, eachBatch: async () => {} });
    await joined;
    return { [Symbol.asyncDispose]: () => consumer.disconnect() };
  }

  #run(groups: readonly string[] | 'all', flags: readonly string[]): Promise<ToolResult> {
    const named = groups === 'all' ? ['--all-groups'] : groups.flatMap((group) => ['--group', group]);
    const where = ['--bootstrap-server', this.address, '--timeout', TIMEOUT_MS];
    return this.tools.run(TOOL, [...where, '--reset-offsets', ...named, ...flags]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.admin.disconnect();
  }
}

/** A line of the tool's table: group, topic, partition, new offset. */
function parseRow(line: string): { group: string; topic: string; partition: number; offset: number }[] {
  const [, group, topic, partition, offset] = /^(\S+) +(\S+) +(\d+) +(\d+) *$/.exec(line) ?? [];
  if (group === undefined || topic === undefined) return [];
  return [{ group, topic, partition: Number(partition), offset: Number(offset) }];
}

/** The tool prints most errors on standard output and ends with 0; what is wrong with its options, on standard error and with 1. */
function complaintOf({ exitCode, out, err }: ToolResult): string | undefined {
  if (exitCode !== 0) return err;
  return /^Error: (.*)$/m.exec(out)?.[1];
}
