/** A counter that many may change at once, and none of them overwrites another: append only if nobody else did meanwhile. */
import { Respool, RespoolError } from 'respool';

export async function increment(server: string): Promise<number> {
  await using client = new Respool(server);
  for (;;) {
    let total = 0;
    let endOffset = 0;
    for await (const { offset, value } of client.records({ topic: 'counter' })) {
      total = Number(`${value}`);
      endOffset = offset + 1;
    }
    try {
      const records = [{ partition: 0, value: `${total + 1}` }];
      await client.append({ topic: 'counter', records, expectedOffset: endOffset });
      return total + 1;
    } catch (error) {
      // Somebody was faster: read what they wrote, and decide again.
      if (error instanceof RespoolError && error.code === 'UNEXPECTED_OFFSET') continue;
      throw error;
    }
  }
}
