/** Exactly once, with a database: what a record does and how far it was read are stored in one transaction, so that they are never apart. */
import { Respool } from 'respool';

/** Your database. */
export interface Ledger {
  /** Notes who reads the partition now, unless a newer generation does, and returns the next offset to read. */
  takeOver(partition: string, generation: number): number | undefined;
  /** In one transaction: does what the record says, and notes the next offset. Throws if a newer generation has taken over. */
  book(partition: string, generation: number, nextOffset: number, entry: string): void;
}

export async function keepLedger(server: string, ledger: Ledger, last: string): Promise<void> {
  await using client = new Respool(server);
  const generations = new Map<number, number>();
  await using consumer = client.consumer({
    group: 'ledger',
    topics: ['payments'],
    commit: 'manual',
    onAssigned: async (partitions) => {
      for (const { topic, partition, generation } of partitions) {
        generations.set(partition, generation);
        // The database knows better than the group how far it is.
        const nextOffset = ledger.takeOver(`${topic}-${partition}`, generation);
        if (nextOffset !== undefined) await consumer.seek(topic, partition, nextOffset);
      }
    },
  });
  for await (const { topic, partition, offset, value } of consumer) {
    const generation = generations.get(partition) ?? 0;
    ledger.book(`${topic}-${partition}`, generation, offset + 1, `${value}`);
    if (`${value}` === last) break;
  }
  // For people and for lag: the truth is in the database.
  await consumer.commit();
}
