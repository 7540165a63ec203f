/** Writes as fast as the broker takes it, without a promise for each record, and tells what became of them. */
import { Respool, RespoolError } from 'respool';

export async function writeFast(server: string, topic: string, lines: Iterable<string>): Promise<string> {
  await using client = new Respool(server);
  const producer = client.producer({ compression: 'lz4' });
  let count = 0;
  for (const value of lines) {
    // False: the buffer is full. Whoever waits here holds back the source, instead of filling the memory.
    if (!producer.write({ topic, value })) await producer.ready();
    count++;
  }
  try {
    // Resolves when all of it is on disk.
    await producer.flush();
    return `${count} records are stored`;
  } catch (error) {
    if (!(error instanceof RespoolError)) throw error;
    return `${error.details['failedRecords']} of ${count} failed with ${error.code}: ${error.advice}`;
  }
}
