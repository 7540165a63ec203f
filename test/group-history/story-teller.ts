import { fencedBy } from './fence.js';
import type { GroupEvent, GroupHistory, GroupPartition } from './group-event.js';
import {
  type Call,
  type CommitCall,
  type Delivery,
  type Description,
  type MemberStanding,
  type Ownership,
  ownershipOf,
  type PartitionStory,
  type ResetCall,
} from './partition-story.js';

/** Splits a history by partition. Throws if it tells of a partition whose log was not read in the end: it would go unchecked. */
export function splitByPartition({ events, logs }: GroupHistory): PartitionStory[] {
  const ordered = events.toSorted((a, b) => a.at - b.at);
  const teller = new StoryTeller(ordered, new Map(logs.map(({ partition, values }) => [partition, values])));
  for (const event of ordered) teller.take(event);
  return teller.stories();
}

interface OpenStory extends PartitionStory {
  ownerships: Ownership[];
  strays: Delivery[];
  commits: CommitCall[];
  resets: ResetCall[];
  descriptions: Description[];
  /** What each consumer owns as far as it knows; `handedOver`: it was told to let go. */
  owners: Map<string, { ownership: Ownership; handedOver: boolean }>;
}

/** Takes the events in their order, and remembers who owns what. */
class StoryTeller implements MemberStanding {
  readonly #stories: Map<GroupPartition, OpenStory>;
  readonly #answers: ReadonlyMap<string, Extract<GroupEvent, { kind: 'answered' }>>;
  readonly #joinedAt = new Map<string, number>();
  readonly #lastGeneration = new Map<string, number>();
  readonly #lastTakenCommit = new Map<string, number>();

  constructor(ordered: readonly GroupEvent[], logs: ReadonlyMap<GroupPartition, readonly number[]>) {
    this.#answers = new Map(
      ordered.flatMap((event) => (event.kind === 'answered' ? [[event.call, event] as const] : [])),
    );
    this.#stories = new Map(
      [...logs].map(([partition, values]) => [partition, this.#emptyStory(partition, values)]),
    );
  }

  lastGeneration(member: string): number {
    return this.#lastGeneration.get(member) ?? 0;
  }

  lastTakenCommit(member: string): number {
    return this.#lastTakenCommit.get(member) ?? Number.NEGATIVE_INFINITY;
  }

  stories(): PartitionStory[] {
    const stories = [...this.#stories.values()];
    for (const { ownerships } of stories) ownerships.sort((a, b) => a.generation - b.generation);
    for (const story of stories) this.#noteTakenCommits(story);
    return stories;
  }

  take(event: GroupEvent): void {
    switch (event.kind) {
      case 'joining':
        this.#joinedAt.set(event.consumer, event.at);
        break;
      case 'assigned':
        this.#assigned(event);
        break;
      case 'delivered':
        this.#delivered(event);
        break;
      case 'committing':
        this.#committing(event);
        break;
      case 'revoked': {
        const owner = this.#story(event.partition).owners.get(event.consumer);
        if (owner) owner.handedOver = true;
        break;
      }
      case 'released':
      case 'lost':
        this.#letGo(this.#story(event.partition), event.consumer, event);
        break;
      case 'leaving':
        // It is still handed what is on its way to it, but the broker may give everything to others.
        for (const { owners } of this.#stories.values()) {
          const owner = owners.get(event.consumer);
          if (owner) owner.ownership.letGoAt ??= event.at;
        }
        break;
      case 'resetting':
        this.#story(event.partition).resets.push({ ...this.#call(event), offset: event.offset });
        break;
      case 'describing': {
        const offset = this.#answers.get(event.call)?.offsets?.[event.partition];
        this.#story(event.partition).descriptions.push({ ...this.#call(event), offset });
        break;
      }
      case 'answered':
        break;
    }
  }

  #assigned(event: Extract<GroupEvent, { kind: 'assigned' }>): void {
    const { consumer, member, partition, generation, startOffset, at } = event;
    const joinedAt = this.#joinedAt.get(consumer);
    if (joinedAt === undefined) throw new Error(`${consumer} was assigned ${partition} without joining`);
    const ownership: Ownership = {
      ...{ consumer, member, generation, startOffset, joinedAt },
      ...{ heardAt: at, deliveries: [], letGoAt: undefined },
    };
    const story = this.#story(partition);
    story.ownerships.push(ownership);
    story.owners.set(consumer, { ownership, handedOver: false });
    this.#lastGeneration.set(member, Math.max(generation, this.lastGeneration(member)));
  }

  #delivered(event: Extract<GroupEvent, { kind: 'delivered' }>): void {
    const { consumer, partition, generation, offset, values, at } = event;
    const story = this.#story(partition);
    const owner = story.owners.get(consumer);
    const owned = owner !== undefined && !owner.handedOver && owner.ownership.generation === generation;
    (owned ? owner.ownership.deliveries : story.strays).push({ at, consumer, generation, offset, values });
  }

  #committing(event: Extract<GroupEvent, { kind: 'committing' }>): void {
    const { consumer, partition, generation, offset } = event;
    this.#story(partition).commits.push({ ...this.#call(event), offset, consumer, generation });
  }

  #noteTakenCommits(story: PartitionStory): void {
    for (const commit of story.commits) {
      const member = ownershipOf(story, commit)?.member;
      if (commit.outcome !== 'ok' || member === undefined || fencedBy(story, commit)) continue;
      this.#lastTakenCommit.set(member, Math.max(commit.begun, this.lastTakenCommit(member)));
    }
  }

  #letGo(story: OpenStory, consumer: string, { kind, at }: { kind: 'released' | 'lost'; at: number }): void {
    const owner = story.owners.get(consumer);
    if (!owner) return;
    story.owners.delete(consumer);
    if (kind === 'released') owner.ownership.letGoAt ??= at;
  }

  #call({ call, at }: { call: string; at: number }): Call {
    const answer = this.#answers.get(call);
    return {
      call,
      begun: at,
      ended: answer?.at ?? Number.POSITIVE_INFINITY,
      outcome: answer?.outcome ?? 'unknown',
      code: answer?.code,
    };
  }

  #story(partition: GroupPartition): OpenStory {
    const story = this.#stories.get(partition);
    if (!story) throw new Error(`the history has no final log of ${partition}`);
    return story;
  }

  #emptyStory(partition: GroupPartition, values: readonly number[]): OpenStory {
    return {
      ...{ partition, values, ownerships: [], strays: [], commits: [], resets: [], descriptions: [] },
      ...{ owners: new Map(), standing: this },
    };
  }
}
