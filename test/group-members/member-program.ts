/** Members of groups in a process of their own, to be stopped and killed: `member-program SERVER EVENTS`, told what to do by messages. */
import { Respool } from '../../sdk/index.js';
import { EventFile } from './event-file.js';
import type { MemberOrder, MemberReport, MemberSettings } from './member-order.js';
import { RecordedConsumer } from './recorded-consumer.js';

const [server, eventPath] = process.argv.slice(2);
if (server === undefined || eventPath === undefined) throw new Error('usage: member-program SERVER EVENTS');

const client = new Respool(server, { retryMaxMs: 20 });
const events = new EventFile(eventPath);
const consumers = new Map<string, RecordedConsumer>();
/** Commits are told no more often. */
const REPORT_INTERVAL_MS = 10;
let reportedMs = 0;

process.on('message', (order: MemberOrder) => void carryOut(order));
// Whoever started it is gone.
process.on('disconnect', () => process.exit(1));

async function carryOut(order: MemberOrder): Promise<void> {
  switch (order.order) {
    case 'join':
      return join(order.settings);
    case 'leave':
      return leave(order.consumer);
    case 'end':
      await Promise.all([...consumers.keys()].map(leave));
      await client.close();
      process.disconnect();
  }
}

async function join(settings: MemberSettings): Promise<void> {
  const { consumer } = settings;
  const recorded = new RecordedConsumer(client, settings, events, reportCommit);
  consumers.set(consumer, recorded);
  try {
    await recorded.run();
  } catch (error) {
    report({ report: 'failed', consumer, error: String(error) });
  }
}

async function leave(consumer: string): Promise<void> {
  const recorded = consumers.get(consumer);
  consumers.delete(consumer);
  try {
    await recorded?.leave();
    report({ report: 'left', consumer });
  } catch (error) {
    report({ report: 'failed', consumer, error: String(error) });
  }
}

function reportCommit(): void {
  if (performance.now() < reportedMs + REPORT_INTERVAL_MS) return;
  reportedMs = performance.now();
  report({ report: 'committed' });
}

function report(said: MemberReport): void {
  process.send?.(said);
}
