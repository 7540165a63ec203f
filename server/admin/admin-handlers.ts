/** The implementation of `respool.v1.AdminService`. */
import type { UntypedServiceImplementation } from '@grpc/grpc-js';
import type { respool } from '../../proto/index.js';
import type { LogStore, TopicDescription } from '../../segment-store/index.js';
import type { BrokerContext } from '../broker-context.js';
import { maxBatchBytesThatFit } from '../config/broker-config.js';
import { refuseInternalTopic } from '../log/internal-topic.js';
import { unary } from '../rpc/unary.js';
import { countOrDefault, wireOffset, wirePartition } from '../rpc/wire-number.js';
import {
  decodeFieldNames,
  decodeTopicConfig,
  encodeFieldNames,
  encodeTopicConfig,
} from './topic-config-codec.js';

export function adminHandlers({
  store,
  groups,
  config,
  faults,
}: BrokerContext): UntypedServiceImplementation {
  const fits = maxBatchBytesThatFit(config);
  return {
    CreateTopic: unary(faults, async (request: respool.v1.CreateTopicRequest) => {
      const partitions = countOrDefault('partitions', request.partitions);
      const topic = await store.createTopic(request.topic, {
        config: decodeTopicConfig(request.config, fits),
        ...(partitions === undefined ? {} : { partitions }),
      });
      return { topic: encodeTopic(topic) };
    }),

    AlterTopic: unary(faults, async (request: respool.v1.AlterTopicRequest) => {
      refuseInternalTopic(request.topic);
      const partitions = countOrDefault('partitions', request.partitions);
      const topic = await store.alterTopic(request.topic, {
        set: decodeTopicConfig(request.config, fits),
        reset: decodeFieldNames(request.reset),
        ...(partitions === undefined ? {} : { partitions }),
      });
      return { topic: encodeTopic(topic) };
    }),

    DeleteTopic: unary(faults, async ({ topic }: respool.v1.DeleteTopicRequest) => {
      refuseInternalTopic(topic);
      await store.deleteTopic(topic);
      await groups.topicDeleted(topic);
      return {};
    }),

    DescribeTopics: unary(faults, async (request: respool.v1.DescribeTopicsRequest) => {
      const described = await describeTopics(store, request);
      return { topics: described.map(encodeTopic) };
    }),

    TruncatePrefix: unary(faults, async (request: respool.v1.TruncatePrefixRequest) => {
      const { topic, partition, beforeOffset } = request;
      refuseInternalTopic(topic);
      const before = wireOffset('before_offset', beforeOffset);
      return { logStartOffset: await store.truncatePrefix(topic, wirePartition(partition), before) };
    }),
  };
}

async function describeTopics(
  store: LogStore,
  { topics, includeInternal }: respool.v1.DescribeTopicsRequest,
): Promise<TopicDescription[]> {
  if (topics.length > 0) return store.describeTopics(topics);
  const all = await store.describeTopics();
  return includeInternal ? all : all.filter(({ internal }) => !internal);
}

function encodeTopic({
  topic,
  internal,
  config,
  overrides,
  partitions,
}: TopicDescription): respool.v1.TopicDescription.$Properties {
  return {
    topic,
    internal,
    config: encodeTopicConfig(config),
    overrides: encodeFieldNames(overrides),
    partitions: partitions.map(({ damaged, ...partition }) => ({ ...partition, damaged: [...damaged] })),
  };
}
