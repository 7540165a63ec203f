/** Each record is handed out once at the most: a crash loses what was in hand, and nothing is done twice. */
import { Respool } from 'respool';

export async function ring(server: string, alarm: (text: string) => void, last: string): Promise<void> {
  await using client = new Respool(server);
  // A batch is committed before its first record is handed out.
  await using consumer = client.consumer({ group: 'bells', topics: ['alarms'], commit: 'before' });

  for await (const { value } of consumer) {
    alarm(`${value}`);
    if (`${value}` === last) break;
  }
}
