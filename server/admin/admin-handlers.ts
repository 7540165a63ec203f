/** The implementation of `respool.v1.AdminService`. */
import type { UntypedServiceImplementation } from '@grpc/grpc-js';
import type { respool } from '../../proto/index.js';
import type { TopicDescription } from '../../segment-store/index.js';
import type { BrokerContext } from '../broker-context.js';
import { maxBatchBytesThatFit } from '../config/broker-config.js';
import { unary } from '../rpc/unary.js';
import { countOrDefault, wireOffset, wirePartition } from '../rpc/wire-number.js';
import {
  decodeFieldNames,
  decodeTopicConfig,
  encodeFieldNames,
  encodeTopicConfig,
} from './topic-config-codec.js';

export function adminHandlers({ store, config, faults }: BrokerContext): UntypedServiceImplementation {
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
      const partitions = countOrDefault('partitions', request.partitions);
      const topic = await store.alterTopic(request.topic, {
        set: decodeTopicConfig(request.config, fits),
        reset: decodeFieldNames(request.reset),
        ...(partitions === undefined ? {} : { partitions }),
      });
      return { topic: encodeTopic(topic) };
    }),

    DeleteTopic: unary(faults, async ({ topic }: respool.v1.DeleteTopicRequest) => {
      await store.deleteTopic(topic);
      return {};
    }),

    DescribeTopics: unary(faults, async ({ topics }: respool.v1.DescribeTopicsRequest) => {
      const described = await store.describeTopics(topics.length === 0 ? undefined : topics);
      return { topics: described.map(encodeTopic) };
    }),

    TruncatePrefix: unary(faults, async (request: respool.v1.TruncatePrefixRequest) => {
      const { topic, partition, beforeOffset } = request;
      const before = wireOffset('before_offset', beforeOffset);
      return { logStartOffset: await store.truncatePrefix(topic, wirePartition(partition), before) };
    }),
  };
}

function encodeTopic({
  topic,
  config,
  overrides,
  partitions,
}: TopicDescription): respool.v1.TopicDescription.$Properties {
  return {
    topic,
    config: encodeTopicConfig(config),
    overrides: encodeFieldNames(overrides),
    partitions: partitions.map(({ damaged, ...partition }) => ({ ...partition, damaged: [...damaged] })),
  };
}
