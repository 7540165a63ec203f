import { join } from 'node:path';
import { setTimeout as elapse } from 'node:timers/promises';
import type { MemberSettings } from '../group-members/member-order.js';
import { MemberProcess } from '../group-members/member-process.js';

export interface FleetSettings {
  server: string;
  group: string;
  /** Where the members' events go. */
  folder: string;
  processes: number;
  membersPerProcess: number;
}

/** What the storm did to its members. */
export interface FleetCounts {
  joins: number;
  leaves: number;
  kills: number;
  killedMembers: number;
  stops: number;
}

/** Every member reads all topics of these names. */
export const STORM_PATTERN = 'storm.*';
const SESSION_TIMEOUT_MS = 1500;
/** Whoever is stopped is silent for longer than that. */
const STOPPED_MS = 2 * SESSION_TIMEOUT_MS;
const MAX_WORK_MS = 60;
/** So many members of each process are static, and come back under the same name when it was killed. */
const STATIC_MEMBERS = 1;

/** The place of one process: whoever takes it over when it was killed has the static members of the one before. */
interface Berth {
  number: number;
  process: MemberProcess;
  stopped: boolean;
}

/** Processes full of members that come, go, are stopped and killed. */
export class StormFleet implements AsyncDisposable {
  readonly counts: FleetCounts = { joins: 0, leaves: 0, kills: 0, killedMembers: 0, stops: 0 };
  readonly eventPaths: string[] = [];
  readonly #berths: Berth[] = [];
  readonly #ended: MemberProcess[] = [];
  readonly #stops = new Set<Promise<void>>();

  constructor(private readonly settings: FleetSettings) {}

  get failures(): string[] {
    return [...this.#ended, ...this.#berths.map(({ process }) => process)].flatMap((p) => p.failures);
  }

  start(): void {
    for (let number = 0; number < this.settings.processes; number += 1) {
      const berth: Berth = { number, process: this.#newProcess(), stopped: false };
      this.#berths.push(berth);
      this.#man(berth);
    }
  }

  /** One thing happens: most often a member comes or goes, sometimes a process is killed and replaced, or stopped for a while. */
  async disturb(): Promise<void> {
    const berth = this.#berths[Math.floor(Math.random() * this.#berths.length)]!;
    const roll = Math.random();
    if (roll < 0.08) await this.#killAndReplace(berth);
    else if (roll < 0.16) this.#stopForAWhile(berth);
    else this.#comeOrGo(berth);
  }

  /** Everybody works again who was stopped. */
  async calm(): Promise<void> {
    await Promise.all(this.#stops);
  }

  /** All members leave in good order. */
  async end(): Promise<void> {
    await Promise.all(this.#berths.map(({ process }) => process.end()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#berths.map(({ process }) => process.kill()));
  }

  #newProcess(): MemberProcess {
    const path = join(this.settings.folder, `members-${this.eventPaths.length}.jsonl`);
    this.eventPaths.push(path);
    return new MemberProcess(this.settings.server, path);
  }

  #man(berth: Berth): void {
    for (let number = 0; number < this.settings.membersPerProcess; number += 1)
      this.#join(berth, number < STATIC_MEMBERS ? `static-${berth.number}-${number}` : undefined);
  }

  #join({ process }: Berth, instanceId?: string): void {
    this.counts.joins += 1;
    const number = this.counts.joins;
    const settings: MemberSettings = {
      consumer: `${instanceId ?? 'member'}-${number}`,
      group: this.settings.group,
      topics: [STORM_PATTERN],
      takes: number % 2 === 0 ? 'batches' : 'records',
      commit: number % 3 === 0 ? 'after' : 'manual',
      // Whoever works for a while is stopped, expelled or reset with something in hand.
      maxWorkMs: number % 4 === 0 ? MAX_WORK_MS : 0,
      sessionTimeoutMs: SESSION_TIMEOUT_MS,
    };
    process.join(instanceId === undefined ? settings : { ...settings, instanceId });
  }

  #comeOrGo(berth: Berth): void {
    const dynamic = [...berth.process.consumers].filter((name) => name.startsWith('member-'));
    const wanted = this.settings.membersPerProcess - STATIC_MEMBERS;
    // Around as many as there are to be: the fewer there are, the likelier somebody comes.
    if (Math.random() * 2 * wanted > dynamic.length) {
      this.#join(berth);
      return;
    }
    this.counts.leaves += 1;
    berth.process.leave(dynamic[Math.floor(Math.random() * dynamic.length)]!);
  }

  async #killAndReplace(berth: Berth): Promise<void> {
    this.counts.kills += 1;
    this.counts.killedMembers += berth.process.consumers.size;
    this.#ended.push(berth.process);
    const killed = berth.process.kill();
    berth.process = this.#newProcess();
    this.#man(berth);
    await killed;
  }

  #stopForAWhile(berth: Berth): void {
    if (berth.stopped) return;
    this.counts.stops += 1;
    berth.stopped = true;
    const { process } = berth;
    process.stop();
    const over = elapse(STOPPED_MS).then(() => {
      process.goOn();
      berth.stopped = false;
      this.#stops.delete(over);
    });
    this.#stops.add(over);
  }
}
