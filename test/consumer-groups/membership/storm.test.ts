import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { MemberCommit, RefusedCommit } from '../../../consumer-groups/index.js';
import { partitionName } from '../../../consumer-groups/partition-name.js';
import { CommitWatch } from './fixtures/commit-watch.js';
import type { FollowedMember } from './fixtures/followed-member.js';
import { ReadingHistory } from './fixtures/reading-history.js';
import { eventually, type RunningGroups, runningGroups, turns } from './fixtures/running-groups.js';

const open = runningGroups();

const REVOCATION_MS = 20_000;
const SESSION_MS = 30_000;

const KINDS = {
  join: 4,
  joinStatic: 3,
  leave: 1,
  disconnect: 2,
  fallSilent: 1,
  keepRevoked: 1,
  release: 6,
  append: 6,
  commit: 6,
  commitAndRelease: 4,
  commitAndLeave: 2,
  commitStale: 3,
  reset: 2,
  grow: 1,
  fillDisk: 1,
  emptyDisk: 2,
  passTime: 3,
} as const;
type Kind = keyof typeof KINDS;

const actions = fc.array(
  fc.record({
    kind: fc.oneof(
      ...Object.entries(KINDS).map(([kind, weight]) => ({ arbitrary: fc.constant(kind as Kind), weight })),
    ),
    pick: fc.nat(),
  }),
  { minLength: 30, maxLength: 120 },
);

test('a storm of members that come, go, die, keep and come late leaves one owner per partition and generation, skips nothing and takes no commit back', async () => {
  const commits = new CommitWatch();
  const running = await open({ wrapGroups: (groups) => commits.wrap(groups) });
  let storms = 0;
  await fc.assert(
    fc.asyncProperty(actions, async (all) => {
      const storm = await Storm.begin(running, commits, `storm-${storms++}`);
      for (const { kind, pick } of all) await storm.act(kind, pick);
      await storm.calm();
    }),
    { numRuns: 40 },
  );
}, 60_000);

/** One group in a storm. */
class Storm {
  readonly #history: ReadingHistory;
  readonly #members: FollowedMember[] = [];
  readonly #silent = new Set<FollowedMember>();
  readonly #keepers = new Set<FollowedMember>();
  /** Those who have said so. */
  readonly #going: FollowedMember[] = [];
  /** Commits that were right once. */
  readonly #old: { member: FollowedMember; commit: MemberCommit }[] = [];
  readonly #answers: Promise<void>[] = [];
  /** How many records each partition has. */
  readonly #ends = new Map<string, number>();
  #partitions = 5;

  private constructor(
    private readonly running: RunningGroups,
    private readonly commits: CommitWatch,
    /** Of the group and of its topic. */
    private readonly name: string,
  ) {
    this.#history = new ReadingHistory((place) => commits.last(place));
  }

  static async begin(running: RunningGroups, commits: CommitWatch, name: string): Promise<Storm> {
    commits.isFull = false;
    const storm = new Storm(running, commits, name);
    await running.createTopic(name, storm.#partitions);
    return storm;
  }

  async act(kind: Kind, pick: number): Promise<void> {
    const acts: Record<Kind, () => unknown> = {
      join: () => this.#join(undefined),
      joinStatic: () => this.#join(`instance-${pick % 3}`),
      leave: () => this.#end(this.#member(pick), 'leave'),
      disconnect: () => this.#end(this.#member(pick), 'disconnected'),
      fallSilent: () => this.#add(this.#silent, pick),
      keepRevoked: () => this.#add(this.#keepers, pick),
      release: () => this.#release(this.#member(pick)),
      append: () => this.#append(pick % this.#partitions),
      commit: () => this.#commit(this.#member(pick)),
      commitAndRelease: () => {
        this.#commit(this.#member(pick));
        this.#release(this.#member(pick));
      },
      commitAndLeave: () => {
        this.#commit(this.#member(pick));
        this.#end(this.#member(pick), 'leave');
      },
      commitStale: () => this.#commitStale(pick),
      reset: () => this.#reset(pick),
      grow: () => this.running.log.alterTopic(this.name, { partitions: ++this.#partitions }),
      fillDisk: () => this.#fillDisk(true),
      emptyDisk: () => this.#fillDisk(false),
      passTime: () => this.#passTime(5000),
    };
    await acts[kind]();
    if (pick % 3 === 0) await turns();
    this.#check();
  }

  /** Everybody who lives does what is asked; then every partition has its owner, and everything is read. */
  async calm(): Promise<void> {
    this.#fillDisk(false);
    this.#keepers.clear();
    // The clock of the test is faster than the disk.
    await Promise.all(this.#answers);
    await eventually(() => this.#going.every(({ ended }) => ended !== undefined));
    for (let passed = 0; passed <= SESSION_MS + REVOCATION_MS; passed += 5000) await this.#passTime(5000);
    await this.#join(undefined);
    const { coordinator } = this.running;
    await eventually(() => {
      for (const member of this.#members) this.#release(member);
      this.#check();
      return coordinator.active(this.name)?.state === 'stable' && this.#unread().length === 0;
    });
    const described = coordinator.active(this.name)!.members.flatMap(({ owned }) => owned);
    const told = this.#members.flatMap(({ owned, ended }) => (ended ? [] : [...owned.values()]));
    expect(described).toHaveLength(this.#partitions);
    expect(told.map(({ partition, generation }) => `${partition}@${generation}`).sort()).toEqual(
      described.map(({ partition, generation }) => `${partition}@${generation}`).sort(),
    );
    this.#check();
    for (const { member } of this.#members) member.leave();
  }

  async #append(partition: number): Promise<void> {
    await this.running.append(this.name, partition, 'a', 'b', 'c');
    const place = partitionName(this.name, partition);
    this.#ends.set(place, (this.#ends.get(place) ?? 0) + 3);
  }

  async #join(instanceId: string | undefined): Promise<void> {
    const member = await this.running.join({
      group: this.name,
      topics: [this.name],
      instanceId,
      revocationTimeoutMs: REVOCATION_MS,
      sessionTimeoutMs: SESSION_MS,
      maxResponseBytes: 100,
    });
    member.member.grant(1e9);
    this.#members.push(member);
  }

  /** One that is alive. */
  #member(pick: number): FollowedMember | undefined {
    const alive = this.#members.filter((member) => member.ended === undefined && !this.#silent.has(member));
    return alive[pick % alive.length];
  }

  #end(member: FollowedMember | undefined, how: 'leave' | 'disconnected'): void {
    if (member === undefined) return;
    member.member[how]();
    this.#going.push(member);
  }

  #add(members: Set<FollowedMember>, pick: number): void {
    const member = this.#member(pick);
    if (member !== undefined) members.add(member);
  }

  #release(member: FollowedMember | undefined): void {
    if (member === undefined || member.revoked.size === 0) return;
    if (!this.#keepers.has(member) && !this.#silent.has(member)) member.release();
  }

  /** Everything that the member has read, all at once; not awaited, so that what comes next overtakes it if anything can. */
  #commit(member: FollowedMember | undefined): void {
    if (member === undefined) return;
    // All of them: whom the partition was given to before must have been heard of.
    for (const each of this.#members) this.#history.follow(each);
    const commits = [...member.owned].map(([name, { generation }]) =>
      member.commitOf(name, this.#history.position(name, generation)!),
    );
    for (const commit of commits) this.#old.push({ member, commit });
    this.#answers.push(member.member.commit(commits).then(checkRefusals));
  }

  /** From whom, and in which generation, it is stale is for the group to know: whatever is accepted is watched in the writes. */
  #commitStale(pick: number): void {
    const { member, commit } = this.#old[pick % this.#old.length] ?? {};
    if (member === undefined || commit === undefined) return;
    const current = member.owned.get(partitionName(commit.topic, commit.partition));
    if (current?.generation === commit.generation) return;
    this.#answers.push(
      member.member.commit([commit]).then((refused) => {
        checkRefusals(refused);
        expect(refused).toHaveLength(1);
      }),
    );
  }

  /** Back, so that nothing is skipped. */
  async #reset(pick: number): Promise<void> {
    const partition = pick % this.#partitions;
    const committed = this.running.groups.committed(this.name, this.name, partition)?.offset ?? 0;
    const offset = Math.max(0, committed - (pick % 5));
    await this.running.coordinator
      .resetLive(this.name, [{ topic: this.name, partition, offset }])
      .catch((error) => {
        expect(error).toMatchObject({ code: 'DISK_FULL' });
      });
  }

  #fillDisk(isFull: boolean): void {
    this.commits.isFull = isFull;
  }

  async #passTime(ms: number): Promise<void> {
    for (const member of this.#members) if (!this.#silent.has(member) && !member.ended) member.member.heard();
    this.running.clock.advance(ms);
    await turns();
  }

  #unread(): string[] {
    return this.#history.unread(this.#ends);
  }

  #check(): void {
    this.running.coordinator.checkInvariants();
    for (const member of this.#members) this.#history.follow(member);
    expect([...this.#history.problems, ...this.commits.problems]).toEqual([]);
  }
}

function checkRefusals(refused: readonly RefusedCommit[]): void {
  for (const { error } of refused) {
    expect(['PARTITION_NOT_OWNED', 'STALE_GENERATION', 'DISK_FULL']).toContain(error.code);
  }
}
