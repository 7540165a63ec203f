import { Respool } from '../../sdk/index.js';
import { wallMs } from '../harness/wall-clock.js';

export interface GroupParameters {
  server: string;
  topic: string;
  partitions: number;
}

/** Timed work. */
export interface Timed {
  startMs: number;
  endMs: number;
}

/** Looks after many groups from outside, without being a member. */
export class GroupRole implements AsyncDisposable {
  readonly #client: Respool;
  readonly #parameters: GroupParameters;

  constructor(parameters: GroupParameters) {
    this.#client = new Respool(parameters.server);
    this.#parameters = parameters;
  }

  /** Commits `offset` for every partition in each of `groups` groups, one call for a group, `inFlight` calls at a time. */
  async commit(groups: number, offset: number, inFlight: number): Promise<Timed> {
    const { topic, partitions } = this.#parameters;
    const offsets = Array.from({ length: partitions }, (_, partition) => ({ topic, partition, offset }));
    const startMs = wallMs();
    let next = 0;
    const committer = async (): Promise<void> => {
      while (next < groups) await this.#client.groups.commitOffsets(nameOf(next++), offsets);
    };
    await Promise.all(Array.from({ length: inFlight }, committer));
    return { startMs, endMs: wallMs() };
  }

  /** Lists all groups; throws unless there are `groups`, each with all partitions. */
  async list(groups: number): Promise<Timed> {
    const startMs = wallMs();
    const listed = await this.#client.groups.list();
    const endMs = wallMs();
    const whole = listed.filter(({ partitions }) => partitions === this.#parameters.partitions);
    if (listed.length !== groups || whole.length !== groups) {
      throw new Error(`${listed.length} groups are listed, ${whole.length} of them whole, of ${groups}`);
    }
    return { startMs, endMs };
  }

  /** Describes every group; throws unless every partition of each is committed at `offset`. Returns how many offsets that are. */
  async check(groups: number, offset: number): Promise<number> {
    let offsets = 0;
    for (let number = 0; number < groups; number++) {
      const [group] = await this.#client.groups.describe([nameOf(number)], { withAge: false });
      const right = group?.partitions.filter(({ committed }) => committed?.offset === offset) ?? [];
      if (right.length !== this.#parameters.partitions) {
        throw new Error(`${nameOf(number)} has ${right.length} partitions committed at ${offset}`);
      }
      offsets += right.length;
    }
    return offsets;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.close();
  }
}

function nameOf(number: number): string {
  return `group-${number}`;
}
