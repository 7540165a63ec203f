/** A client that deletes prefixes. */
import { type ClientContext, keyOf } from './client-context.js';
import { outcomeOf } from './life.js';

const PAUSE_MS = 60;

export class TruncatingClient {
  constructor(private readonly context: ClientContext) {}

  async run(): Promise<void> {
    const { random, recorder } = this.context;
    for (;;) {
      await this.context.process.sleep(random.next() * PAUSE_MS);
      const life = await this.context.nextLife();
      if (!life) return;
      const target = random.pick(this.context.partitions);
      const bounds = await life.call((store) => store.bounds(target.topic, target.partition));
      if (bounds.answer !== 'ok') continue;
      const { logStartOffset, highWatermark } = bounds.value;
      const beforeOffset = random.between(logStartOffset, highWatermark + 1);
      const call = recorder.truncate(keyOf(target), beforeOffset);
      const answer = await life.call((store) =>
        store.truncatePrefix(target.topic, target.partition, beforeOffset),
      );
      // A refusal for want of room may come after the file that holds it was replaced.
      const outcome = outcomeOf(answer);
      recorder.truncated(call, outcome === 'fail' ? 'unknown' : outcome);
      this.context.tell(`${keyOf(target)} truncated before ${beforeOffset}: ${outcome}`);
      if (answer.answer === 'ok' && answer.value < beforeOffset)
        this.context.broken(`truncatePrefix(${beforeOffset}) resolved with ${answer.value}`);
    }
  }
}
