import { type Consumer, Respool } from '../../sdk/index.js';
import { wallMs } from '../harness/wall-clock.js';

export interface MemberParameters {
  server: string;
  topic: string;
  group: string;
  /** Members in this process, each with a client of its own. */
  members: number;
}

/** A partition that a member was given. */
export interface Given {
  partition: number;
  generation: number;
  atMs: number;
}

/** Members of a group that read and commit nothing, and note when they are given which partition. */
export class MemberRole implements AsyncDisposable {
  readonly #clients: Respool[] = [];
  readonly #consumers: Consumer[] = [];
  readonly #reading: Promise<void>[] = [];
  #given: Given[] = [];
  readonly #parameters: MemberParameters;

  constructor(parameters: MemberParameters) {
    this.#parameters = parameters;
  }

  /** Has all members join; does not wait until they have. */
  async open(): Promise<void> {
    const { server, topic, group, members } = this.#parameters;
    for (let i = 0; i < members; i++) {
      const client = new Respool(server);
      const consumer = client.consumer({
        group,
        topics: [topic],
        commit: 'manual',
        onAssigned: (partitions) => {
          const atMs = wallMs();
          for (const { partition, generation } of partitions) {
            this.#given.push({ partition, generation, atMs });
          }
        },
      });
      this.#clients.push(client);
      this.#consumers.push(consumer);
      this.#reading.push(drain(consumer));
    }
  }

  /** The partitions that its members have now. */
  async owned(): Promise<number[]> {
    return this.#consumers.flatMap(({ assignment }) => assignment.map(({ partition }) => partition));
  }

  /** What was given since the last call. */
  async given(): Promise<Given[]> {
    const given = this.#given;
    this.#given = [];
    return given;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()));
    await Promise.all(this.#reading);
  }
}

async function drain(consumer: Consumer): Promise<void> {
  for await (const _batch of consumer.batches()) {
    // Only who owns what is looked at.
  }
}
