import { describe, expect, it } from 'vitest';
import { Outbox } from '../../sdk/consumer/outbox.js';

const partition = { topic: 't', partition: 0, generation: 1 };
const offsets = [{ topic: 't', partition: 0, offset: 1, generation: 1 }];

describe('what a member has to say', () => {
  it('goes into one message', () => {
    const outbox = new Outbox(100);
    outbox.commit(1, offsets);
    outbox.release(partition);
    outbox.control({ partition, paused: true });
    outbox.grant(5);
    outbox.leave();
    expect(outbox.take()).toEqual({
      creditBytes: 5,
      commits: [{ correlationId: 1, offsets }],
      released: [partition],
      controls: [{ partition, paused: true }],
      leave: true,
    });
    expect(outbox.take()).toBeUndefined();
  });

  it('is nothing as long as there is but a little credit', () => {
    const outbox = new Outbox(100);
    outbox.grant(60);
    expect(outbox.take()).toBeUndefined();
    outbox.grant(40);
    expect(outbox.take()).toMatchObject({ creditBytes: 100 });
    outbox.grant(3);
    expect(outbox.takeCredit()).toEqual({ creditBytes: 3 });
  });

  it('is told in several messages where it is much, and releases and the leave come behind the commits', () => {
    const outbox = new Outbox(100);
    const many = Array.from({ length: 200 }, () => ({ ...offsets[0], metadata: 'x'.repeat(1000) }));
    for (let id = 1; id <= 5; id++) outbox.commit(id, many);
    outbox.release(partition);
    outbox.leave();
    const messages = [];
    for (let message = outbox.take(); message !== undefined; message = outbox.take()) messages.push(message);
    expect(messages.length).toBeGreaterThan(1);
    expect(messages.flatMap(({ commits }) => commits?.map(({ correlationId }) => correlationId))).toEqual([
      1, 2, 3, 4, 5,
    ]);
    expect(messages.map(({ released, leave }) => [released?.length, leave])).toEqual(
      messages.map((_, i) => (i === messages.length - 1 ? [1, true] : [0, false])),
    );
  });
});
