/** The implementation of `respool.v1.LogService`. */
import type { UntypedServiceImplementation } from '@grpc/grpc-js';
import type { BrokerContext } from '../broker-context.js';
import { unary } from '../rpc/unary.js';
import { appendHandler } from './append.js';
import type { Appender } from './appender.js';
import { fetchHandler } from './fetch.js';
import { listOffsetsHandler } from './list-offsets.js';
import { produceHandler } from './produce.js';

export function logHandlers(context: BrokerContext, appender: Appender): UntypedServiceImplementation {
  const { store, faults } = context;
  return {
    InitProducer: unary(faults, async () => ({
      producerId: await store.allocateProducerId(),
      // An id is never handed out twice, so its first epoch is its only one.
      producerEpoch: 0,
    })),
    Produce: produceHandler(context, appender),
    Append: unary(faults, appendHandler(context, appender)),
    Fetch: fetchHandler(context),
    ListOffsets: unary(faults, listOffsetsHandler(store)),
  };
}
