/** A storm: members of one group join, leave, are stopped and killed while records are written, and the group may be sent back; then all is calm, and everything is read. */
import { join } from 'node:path';
import { setTimeout as elapse } from 'node:timers/promises';
import { Respool } from '../../sdk/index.js';
import type { GroupEvent, GroupHistory } from '../group-history/group-event.js';
import { EventFile, readEvents } from '../group-members/event-file.js';
import { GroupObserver } from '../group-members/group-observer.js';
import { NumberedTopics } from '../group-members/numbered-topics.js';
import { type FleetCounts, STORM_PATTERN, StormFleet } from './storm-fleet.js';

export interface StormSettings {
  server: string;
  /** Where the members' events go. */
  folder: string;
  durationMs: number;
  processes: number;
  membersPerProcess: number;
  partitionsPerTopic: number;
  /** Whether partitions are reset while they are read. */
  resets: boolean;
}

export interface StormReport {
  history: GroupHistory;
  /** Consumers that ended with an error. */
  failures: readonly string[];
  counts: FleetCounts & StormCounts;
}

interface StormCounts {
  generation: number;
  records: number;
  deliveries: number;
  assignments: number;
  commits: number;
  refused: number;
  unknown: number;
  resets: number;
}

const GROUP = 'billing';
/** Something is done to the members every so often, on average. */
const DISTURBANCE_MS = 120;
const LOOK_MS = 500;
const RESETS_AT_A_TIME = 6;

export async function storm(settings: StormSettings): Promise<StormReport> {
  const { server, folder, durationMs, resets } = settings;
  await using client = new Respool(server);
  const topics = new NumberedTopics(client, {
    topics: ['orders', 'payments'].map((name) => STORM_PATTERN.replace('*', name)),
    partitionsPerTopic: settings.partitionsPerTopic,
    ...{ maxBurst: 20, maxPauseMs: 400 },
  });
  await topics.create();
  await using fleet = new StormFleet({ ...settings, group: GROUP });
  const ownPath = join(folder, 'observer.jsonl');
  const observer = new GroupObserver(client, GROUP, [...topics.partitions()], new EventFile(ownPath));
  topics.start();
  fleet.start();
  await observer.somebodyHasCommitted();

  const endMs = performance.now() + durationMs;
  await Promise.all([
    untilThen(endMs, 2 * DISTURBANCE_MS, () => fleet.disturb()),
    untilThen(endMs, LOOK_MS, () => (resets ? observer.resetSome(RESETS_AT_A_TIME) : observer.describe())),
  ]);
  await fleet.calm();
  await topics.stop();
  const generation = await observer.everythingIsCommitted();
  await fleet.end();
  await observer.describe();

  const events = [...fleet.eventPaths, ownPath].flatMap(readEvents);
  const history = { events, logs: await topics.read(GROUP) };
  return { history, failures: fleet.failures, counts: { ...fleet.counts, ...count(history), generation } };
}

/** Again and again, with random pauses: when things happen is what is being tried out. */
async function untilThen(endMs: number, maxPauseMs: number, act: () => Promise<unknown>): Promise<void> {
  while (performance.now() < endMs) {
    await act();
    await elapse(Math.random() * maxPauseMs);
  }
}

function count({ events, logs }: GroupHistory): Omit<StormCounts, 'generation'> {
  const calls = new Set(events.flatMap((event) => (event.kind === 'committing' ? [event.call] : [])));
  const answers = events.filter((event) => event.kind === 'answered' && calls.has(event.call));
  const answered = (outcome: string) =>
    answers.filter((event) => event.kind === 'answered' && event.outcome === outcome).length;
  return {
    records: logs.reduce((sum, { values }) => sum + values.length, 0),
    deliveries: sum(events, (event) => (event.kind === 'delivered' ? event.values.length : 0)),
    assignments: sum(events, ({ kind }) => (kind === 'assigned' ? 1 : 0)),
    commits: answered('ok'),
    refused: answered('refused'),
    unknown: answered('unknown'),
    resets: sum(events, ({ kind }) => (kind === 'resetting' ? 1 : 0)),
  };
}

function sum(events: readonly GroupEvent[], weigh: (event: GroupEvent) => number): number {
  return events.reduce((total, event) => total + weigh(event), 0);
}
