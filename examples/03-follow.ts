/** Waits for what comes: a reader that follows the log, until it has seen enough. */
import { Respool } from 'respool';

export async function follow(server: string, stopAt: string): Promise<string[]> {
  await using client = new Respool(server);
  const seen: string[] = [];
  for await (const { value } of client.records({ topic: 'orders', follow: true })) {
    seen.push(`${value}`);
    // Leaving the loop ends the stream.
    if (`${value}` === stopAt) break;
  }
  return seen;
}
