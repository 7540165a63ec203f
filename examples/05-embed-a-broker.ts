/** A broker inside of this process: for a test, or for an application that wants no other process. */
import { Respool } from 'respool';
import { Broker, formatAddress } from 'respool/server';

export async function embedABroker(dataDir: string): Promise<string> {
  await using broker = await Broker.start({ dataDir, listen: '127.0.0.1:0', http: 'off', logLevel: 'warn' });
  await using client = new Respool(formatAddress(broker.address));

  await client.admin.createTopic('notes');
  const [delivery] = await client.append({ topic: 'notes', records: [{ value: 'kept' }] });
  return `offset ${delivery?.offset}`;
}
