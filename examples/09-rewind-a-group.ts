/** A bug had a group do its work wrong since noon: keep where it is, look at what going back would mean, go back while it runs. */
import { Respool } from 'respool';

export async function rewind(server: string, noon: Date): Promise<string[]> {
  await using client = new Respool(server);
  await client.groups.createSnapshot('billing', 'before-rewind');

  const request = { groups: ['billing'], to: { timestampMs: noon.getTime() } };
  // Shows what it would do, and does nothing.
  const { resets } = await client.groups.resetOffsets(request);
  const plan = resets.map(
    ({ topic, partition, before, after }) => `${topic}-${partition}: ${before} to ${after}`,
  );

  // Its members go on from there; what they still commit from before is refused.
  await client.groups.resetOffsets({ ...request, execute: true, live: true });
  return plan;
}

/** That was wrong: back to where it was. */
export async function undo(server: string): Promise<void> {
  await using client = new Respool(server);
  const to = { snapshot: 'before-rewind' };
  await client.groups.resetOffsets({ groups: ['billing'], to, execute: true, live: true });
}
