/** Appends a few records and reads them back. */
import { Respool } from 'respool';

export async function produceAndRead(server: string): Promise<string[]> {
  await using client = new Respool(server);
  await client.admin.createTopic('orders', { partitions: 3 });

  const producer = client.producer();
  // Resolves when the record is on disk. Records of one key stay in order.
  await producer.send({ topic: 'orders', key: 'customer-7', value: 'ordered' });
  const { partition, offset } = await producer.send({ topic: 'orders', key: 'customer-7', value: 'paid' });

  const seen: string[] = [];
  for await (const record of client.records({ topic: 'orders' })) {
    seen.push(`${record.key}: ${record.value}`);
  }
  return [...seen, `the last one is at offset ${offset} of partition ${partition}`];
}
