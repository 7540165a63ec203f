/** Several processes share the work of a topic. At least once: what was not committed when one of them dies is read again. */
import { Respool } from 'respool';

export async function work(
  server: string,
  bill: (order: string) => Promise<void>,
  stop: AbortSignal,
): Promise<void> {
  await using client = new Respool(server);
  await using consumer = client.consumer({
    group: 'billing',
    topics: ['orders'],
    onAssigned: (partitions) => console.log('mine:', partitions),
    onRevoked: (partitions) => console.log('to somebody else:', partitions),
  });
  // Ends the loop, once the record in hand is done: it is committed, and the partitions are free at once.
  stop.addEventListener('abort', () => void consumer.close({ finishMs: 10_000 }));

  for await (const record of consumer) {
    // To ask for the next record is to be done with this one. If this throws, it is not.
    await bill(`${record.value}`);
  }
}
