import { Respool } from '../../sdk/index.js';
import { ClientProcess } from '../harness/client-process.js';
import { statisticsOf } from '../harness/sample-statistics.js';
import type { BenchContext, Scenario, ScenarioCase } from '../harness/scenario.js';
import { TestBed, TOPIC } from '../harness/test-bed.js';
import { wallMs } from '../harness/wall-clock.js';
import type { Given, MemberParameters, MemberRole } from '../role/member-role.js';

const MEMBERS = 50;
const PARTITIONS = 200;
const GROUP = 'members';
/** Survivors share a process, so that two cores are not spent on fifty. */
const SURVIVOR_PROCESSES = 2;

/** How long partitions are without an owner when members die. */
export const rebalanceScenario: Scenario = {
  name: 'rebalance',
  summary: `time from the kill -9 of members until all of their partitions are in the hands of others, ${MEMBERS} members with ${PARTITIONS} partitions`,
  cases: () => [1, 10, 25].map(scenarioCase),
};

function scenarioCase(dying: number): ScenarioCase {
  return {
    name: dying === 1 ? 'one member dies' : `${dying} members die at once`,
    isShort: dying === 1,
    run: (context) => measure(context, dying),
  };
}

async function measure(context: BenchContext, dying: number) {
  await using bed = await TestBed.start(context, { durability: 'fsync', partitions: PARTITIONS });
  const { server } = bed.broker;
  const surviving = spread(MEMBERS - dying, SURVIVOR_PROCESSES).map((members) =>
    startMembers(server, members),
  );
  try {
    for (const process of surviving) await process.call('open');
    const samples: number[] = [];
    let moved = 0;
    // The first is thrown away, to warm up.
    for (let run = 0; run <= context.options.runs; run++) {
      const took = await kill(server, surviving, dying);
      if (run === 0) continue;
      samples.push(took.ms);
      moved = took.moved;
    }
    return {
      ...statisticsOf(samples),
      unit: 'ms' as const,
      durability: 'fsync' as const,
      parameters: { members: MEMBERS, dying, partitions: PARTITIONS },
      details: { partitionsMoved: moved },
      processes: [],
      checked:
        'before and after each kill every partition had one owner; only those of the dead moved, and each was given once',
      errors: 0,
    };
  } finally {
    await Promise.all(surviving.map((process) => process[Symbol.asyncDispose]()));
  }
}

/** Lets `dying` members join, waits until all is settled, kills them; returns how long their partitions took to come to others. */
async function kill(
  server: string,
  surviving: readonly ClientProcess<MemberRole>[],
  dying: number,
): Promise<{ ms: number; moved: number }> {
  const victims = startMembers(server, dying);
  await victims.call('open');
  await settled(server, MEMBERS);
  const doomed = new Set(await victims.call('owned'));
  await Promise.all(surviving.map((process) => process.call('given')));
  const killedMs = wallMs();
  await victims.kill();
  await settled(server, MEMBERS - dying);
  const given = (await Promise.all(surviving.map((process) => process.call('given')))).flat();
  checkGiven(given, doomed);
  return { ms: Math.max(...given.map(({ atMs }) => atMs)) - killedMs, moved: given.length };
}

function checkGiven(given: readonly Given[], doomed: ReadonlySet<number>): void {
  const partitions = given.map(({ partition }) => partition).sort((a, b) => a - b);
  const expected = [...doomed].sort((a, b) => a - b);
  if (partitions.length === 0 || partitions.join() !== expected.join()) {
    throw new Error(`the dead had partitions ${expected.join()}; given to others were ${partitions.join()}`);
  }
}

/** Asks the broker until the group has so many members, is stable, and every partition has an owner. */
async function settled(server: string, members: number): Promise<void> {
  await using client = new Respool(server);
  for (let deadlineMs = performance.now() + SETTLE_TIMEOUT_MS; performance.now() < deadlineMs; ) {
    const [group] = await client.groups.describe([GROUP], { withAge: false });
    const owned = group?.partitions.filter(({ memberId }) => memberId !== undefined).length;
    if (group?.state === 'stable' && group.members.length === members && owned === PARTITIONS) return;
  }
  throw new Error(`the group of ${members} members did not settle within ${SETTLE_TIMEOUT_MS} ms`);
}

const SETTLE_TIMEOUT_MS = 60_000;

function startMembers(server: string, members: number): ClientProcess<MemberRole> {
  const parameters: MemberParameters = { server, topic: TOPIC, group: GROUP, members };
  return new ClientProcess<MemberRole>('member', parameters);
}

/** `count` in `parts` shares that differ by at most one. */
function spread(count: number, parts: number): number[] {
  return Array.from({ length: parts }, (_, i) => Math.floor((count + i) / parts));
}
