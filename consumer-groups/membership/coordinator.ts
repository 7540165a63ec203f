/** The groups that have members, and how they come into being and go. */
import type { Clock, LogStore } from '../../segment-store/index.js';
import type { ActiveGroup, ActiveGroups } from '../active-groups.js';
import type { GroupEventListener } from '../group-event.js';
import type { GroupStore } from '../group-store.js';
import type { JoinRequest } from '../groups.js';
import { KnownGroups } from '../known-groups.js';
import type { Member } from '../member.js';
import type { GroupOptions } from '../options.js';
import { GroupCoordinator } from './group-coordinator.js';
import type { NewOffset } from './live-reset.js';
import { memberTerms } from './member-terms.js';
import { groupsClosing } from './refused-members.js';
import { TopicPartitions } from './topic-partitions.js';

export interface CoordinatorContext {
  store: LogStore;
  groups: GroupStore;
  options: GroupOptions;
  clock: Clock;
  emit: GroupEventListener;
}

export class Coordinator implements ActiveGroups {
  /** Those with members, or with something under way. */
  readonly #groups = new Map<string, GroupCoordinator>();
  readonly #known: KnownGroups;
  readonly #topics: TopicPartitions;
  #closing: Promise<void> | undefined;

  constructor(private readonly context: CoordinatorContext) {
    this.#known = new KnownGroups(context.groups, this, context.options);
    this.#topics = new TopicPartitions(context.store, () => {
      for (const group of this.#groups.values()) group.topicsChanged();
    });
  }

  async join(request: JoinRequest): Promise<Member> {
    this.#checkOpen();
    const terms = memberTerms(request, this.context.options);
    return this.#group(terms.group).join(terms);
  }

  *groups(): IterableIterator<string> {
    for (const [name, { members }] of this.#groups) if (members > 0) yield name;
  }

  active(group: string): ActiveGroup | undefined {
    const found = this.#groups.get(group);
    return found !== undefined && found.members > 0 ? found.description : undefined;
  }

  async whileEmpty<T>(group: string, action: () => Promise<T>): Promise<T> {
    this.#checkOpen();
    return this.#group(group).whileEmpty(action);
  }

  async resetLive(group: string, offsets: readonly NewOffset[]): Promise<void> {
    this.#checkOpen();
    return this.#group(group).resetLive(offsets);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Throws unless the invariants of all groups hold. */
  checkInvariants(): void {
    for (const group of this.#groups.values()) group.checkInvariants();
  }

  async #close(): Promise<void> {
    this.#topics.stop();
    await Promise.all([...this.#groups.values()].map((group) => group.close()));
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw groupsClosing();
  }

  #group(name: string): GroupCoordinator {
    let group = this.#groups.get(name);
    if (group === undefined) {
      const rested = () => this.#forgetIfIdle(name);
      group = new GroupCoordinator({
        ...this.context,
        group: name,
        known: this.#known,
        topics: this.#topics,
        rested,
      });
      this.#groups.set(name, group);
    }
    return group;
  }

  #forgetIfIdle(name: string): void {
    if (this.#groups.get(name)?.isIdle) this.#groups.delete(name);
  }
}
