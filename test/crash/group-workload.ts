/** Groups at work all through the crashes of a broker: members in processes of their own, and a committer from outside; with everything that they were told. */
import { join } from 'node:path';
import { Respool } from '../../sdk/index.js';
import type { GroupHistory } from '../group-history/group-event.js';
import { EventFile, readEvents } from '../group-members/event-file.js';
import { GroupObserver } from '../group-members/group-observer.js';
import type { MemberSettings } from '../group-members/member-order.js';
import { MemberProcess } from '../group-members/member-process.js';
import { NumberedTopics } from '../group-members/numbered-topics.js';
import { OutsideCommitter } from './outside-committer.js';

const GROUP = 'billing';
const SESSION_TIMEOUT_MS = 2000;

export interface GroupWorkloadSettings {
  server: string;
  /** Where the events go: on a disk that keeps its power. */
  folder: string;
  /** How long a record may take; default: longer than any test. */
  deliveryTimeoutMs?: number;
}

export class GroupWorkload implements AsyncDisposable {
  readonly #client: Respool;
  readonly #topics: NumberedTopics;
  readonly #outside: OutsideCommitter;
  readonly #observers: GroupObserver[];
  readonly #eventPaths: string[] = [];
  readonly #failures: string[] = [];
  #members: MemberProcess | undefined;
  #onCommitted: (() => void)[] = [];
  #consumers = 0;

  constructor(private readonly settings: GroupWorkloadSettings) {
    const { server, folder, deliveryTimeoutMs } = settings;
    const client = new Respool(server, { retryMaxMs: 20 });
    this.#client = client;
    this.#topics = new NumberedTopics(client, {
      ...{ topics: ['orders'], partitionsPerTopic: 4, maxBurst: 10, maxPauseMs: 60 },
      ...(deliveryTimeoutMs === undefined ? {} : { deliveryTimeoutMs }),
    });
    const path = join(folder, 'observer.jsonl');
    this.#eventPaths.push(path);
    const events = new EventFile(path);
    this.#outside = new OutsideCommitter(client, events);
    const { group, partitions } = this.#outside;
    this.#observers = [
      new GroupObserver(client, GROUP, [...this.#topics.partitions()], events),
      new GroupObserver(client, group, partitions, events),
    ];
  }

  /** What consumers ended with, which none should. */
  get failures(): readonly string[] {
    return [...this.#failures, ...(this.#members?.failures ?? [])];
  }

  /** Commits from outside that were acknowledged. */
  get committedFromOutside(): number {
    return this.#outside.acknowledged;
  }

  /** The broker must be up. */
  async start(): Promise<void> {
    await this.#topics.create();
    await this.#outside.prepare();
    this.#topics.start();
    this.#outside.start();
    this.#man();
  }

  /** Resolves when a commit from outside and one of a member were acknowledged that were begun after this call. */
  async awaitCommitted(): Promise<void> {
    await Promise.all([
      this.#outside.awaitAcknowledged(),
      new Promise<void>((resolve) => this.#onCommitted.push(resolve)),
    ]);
  }

  /** Looks what the broker holds of both groups. */
  async describe(): Promise<void> {
    for (const observer of this.#observers) await observer.describe();
  }

  /** `kill -9` for the members; others take their place. */
  async killMembers(): Promise<void> {
    const killed = this.#members;
    if (!killed) return;
    this.#failures.push(...killed.failures);
    this.#man();
    await killed.kill();
  }

  /** Nothing new is written; what was is read to its end, and the members leave. The broker must be up. */
  async stop(): Promise<void> {
    await this.#outside.stop();
    await this.#topics.stop();
    await this.#observers[0]!.everythingIsCommitted();
    await this.#members?.end();
    await this.describe();
  }

  /** Ends everything where it is: for a broker of which nothing can be expected. */
  async abandon(): Promise<void> {
    await this.#members?.kill();
    await this.#outside.stop();
    await this.#topics.stop();
  }

  async history(): Promise<GroupHistory> {
    const { group, partitions } = this.#outside;
    // Nobody reads what is committed from outside.
    const outside = partitions.map(({ topic, partition }) => ({
      ...{ partition: `${group} ${topic}-${partition}`, values: [] },
    }));
    const events = this.#eventPaths.flatMap(readEvents);
    return { events, logs: [...(await this.#topics.read(GROUP)), ...outside] };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Where a check failed the broker is gone, and nobody takes what is still to be sent.
    const stopped = [this.#outside.stop(), this.#topics.stop()];
    await this.#members?.kill();
    await this.#client.close({ timeoutMs: 1000 }).catch(() => {});
    await Promise.all(stopped);
  }

  /** Two members, one of each kind. */
  #man(): void {
    const { server, folder } = this.settings;
    const path = join(folder, `members-${this.#eventPaths.length}.jsonl`);
    this.#eventPaths.push(path);
    const members = new MemberProcess(server, path, {
      onCommitted: () => {
        for (const resolve of this.#onCommitted.splice(0)) resolve();
      },
    });
    this.#members = members;
    members.join({ ...this.#member(), takes: 'batches', commit: 'manual' });
    members.join({ ...this.#member(), takes: 'records', commit: 'after' });
  }

  #member(): Omit<MemberSettings, 'takes' | 'commit'> {
    this.#consumers += 1;
    const topics = [...new Set([...this.#topics.partitions()].map(({ topic }) => topic))];
    return {
      consumer: `member-${this.#consumers}`,
      group: GROUP,
      topics,
      maxWorkMs: 0,
      sessionTimeoutMs: SESSION_TIMEOUT_MS,
    };
  }
}
