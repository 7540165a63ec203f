/** Copies last week's orders of one customer into a topic of their own, ten times as fast as they came. It can be stopped, and run again to go on. */
import { Respool } from 'respool';

export async function replayCustomer(
  server: string,
  customer: string,
  since: Date,
  stop?: AbortSignal,
): Promise<string> {
  await using client = new Respool(server);
  const replay = client.replay({
    topic: 'orders',
    to: 'orders-to-look-at',
    from: since,
    filter: { key: customer },
    pace: { speed: 10 },
    name: `look-at-${customer}`,
    signal: stop,
    onProgress: ({ copied, total, remainingMs }) => console.log({ copied, total, remainingMs }),
  });
  const { records, estimatedMs } = await replay.plan();
  console.log(`up to ${records} records, in about ${estimatedMs} ms`);

  const { copied, skipped } = await replay.run();
  return `${copied} copied, ${skipped} of others`;
}
