import type { Consumer, Respool } from '../../../sdk/index.js';

/** A member of a group of readers of `orders`, in this process; resolves when it has its partitions. It reads one record and commits nothing. */
export function joinGroup(client: Respool, group: string, clientId: string): Promise<Consumer> {
  return new Promise((resolve, reject) => {
    const consumer: Consumer = client.consumer({
      group,
      topics: ['orders'],
      clientId,
      commit: 'manual',
      onAssigned: () => resolve(consumer),
    });
    consumer[Symbol.asyncIterator]().next().catch(reject);
  });
}
