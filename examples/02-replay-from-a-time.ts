/** Reads everything from a moment on: what happened is still there, and can be run again. */
import { Respool } from 'respool';

export async function replayFromATime(server: string, since: Date): Promise<string[]> {
  await using client = new Respool(server);
  const replayed: string[] = [];
  for await (const { value } of client.records({ topic: 'orders', from: { timestampMs: since.getTime() } })) {
    replayed.push(`${value}`);
  }
  return replayed;
}
