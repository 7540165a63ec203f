/** The groups of a broker whose state is in a journal: composition and life cycle; the rules live in the parts. */
import { type Clock, type LogStore, Mutex } from '../segment-store/index.js';
import type { ActiveGroups } from './active-groups.js';
import type { NewCommit } from './committed-offset.js';
import { DeletedTopics } from './expiry/deleted-topics.js';
import { GroupCleaner } from './expiry/group-cleaner.js';
import { OffsetExpiry } from './expiry/offset-expiry.js';
import { GroupDeletion } from './group-deletion.js';
import type { GroupEventListener } from './group-event.js';
import type { GroupStore } from './group-store.js';
import type * as api from './groups.js';
import { KnownGroups } from './known-groups.js';
import type { Member } from './member.js';
import type { GroupOptions } from './options.js';
import { OutsideCommits } from './outside-commits.js';
import { GroupDescriptions } from './progress/group-descriptions.js';
import { GroupListings } from './progress/group-listings.js';
import { GroupResets } from './reset/group-resets.js';
import type { ResetRequest } from './reset/reset-plan.js';
import { ResetPlanner } from './reset/reset-planner.js';
import { RetentionPins } from './snapshot/retention-pins.js';
import { Snapshots } from './snapshot/snapshots.js';

export interface GroupsContext {
  log: LogStore;
  store: GroupStore;
  active: ActiveGroups;
  options: GroupOptions;
  clock: Clock;
  emit: GroupEventListener;
}

export class JournaledGroups implements api.Groups {
  readonly #listings: GroupListings;
  readonly #descriptions: GroupDescriptions;
  readonly #commits: OutsideCommits;
  readonly #resets: GroupResets;
  readonly #deletion: GroupDeletion;
  readonly #snapshots: Snapshots;
  readonly #deletedTopics: DeletedTopics;
  readonly #cleaner: GroupCleaner;
  #closing: Promise<void> | undefined;

  constructor(private readonly context: GroupsContext) {
    const { log, store, active, options, clock, emit } = context;
    const known = new KnownGroups(store, active, options);
    const pins = new RetentionPins(log);
    const snapshotChanges = new Mutex();
    this.#listings = new GroupListings(log, store, active, known);
    this.#descriptions = new GroupDescriptions(log, store, active, known, clock);
    this.#commits = new OutsideCommits(log, store, active, known, clock, options);
    this.#resets = new GroupResets(store, active, known, new ResetPlanner(log, store), clock, emit);
    this.#deletion = new GroupDeletion(store, active, known, pins, snapshotChanges, emit);
    this.#snapshots = new Snapshots(store, known, pins, snapshotChanges, clock, options);
    const expiry = new OffsetExpiry(store, active, snapshotChanges, clock, options, emit);
    this.#deletedTopics = new DeletedTopics(log, store, emit);
    this.#cleaner = new GroupCleaner(log, expiry, this.#deletedTopics, clock, options, emit);
  }

  /** Takes up what the last broker left. Called once, before anything else, while nothing deletes records yet. */
  async open(): Promise<void> {
    this.#snapshots.pinAll();
    await this.#cleaner.start();
  }

  join(request: api.JoinRequest): Promise<Member> {
    return this.context.active.join(request);
  }

  list(): Promise<api.GroupListing[]> {
    return this.#listings.list();
  }

  describe(group: string, { withAge = false }: { withAge?: boolean } = {}): Promise<api.GroupDescription> {
    return this.#descriptions.describe(group, withAge);
  }

  commit(group: string, offsets: readonly NewCommit[]): Promise<void> {
    return this.#commits.commit(group, offsets);
  }

  reset(request: ResetRequest): Promise<api.ResetOutcome> {
    return this.#resets.reset(request);
  }

  delete(group: string): Promise<void> {
    return this.#deletion.delete(group);
  }

  topicDeleted(topic: string): Promise<void> {
    return this.#deletedTopics.forget(topic);
  }

  createSnapshot(
    group: string,
    name: string,
    { pinRetention = false }: { pinRetention?: boolean } = {},
  ): Promise<api.GroupSnapshot> {
    return this.#snapshots.create(group, name, pinRetention);
  }

  listSnapshots(group: string): api.GroupSnapshot[] {
    return this.#snapshots.list(group);
  }

  describeSnapshot(group: string, name: string): api.GroupSnapshot {
    return this.#snapshots.describe(group, name);
  }

  deleteSnapshot(group: string, name: string): Promise<void> {
    return this.#snapshots.delete(group, name);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** From the top down: the background asks for members, and both write to the store until they have ended. */
  async #close(): Promise<void> {
    const { active, store } = this.context;
    await this.#cleaner.stop();
    await active.close();
    await store.close();
  }
}
