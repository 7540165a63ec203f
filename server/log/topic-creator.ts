/** Makes topics at their first use, if the broker is told to. */
import { isStoreError, type LogStore } from '../../segment-store/index.js';

export class TopicCreator {
  readonly #known = new Set<string>();
  readonly #underway = new Map<string, Promise<void>>();

  constructor(
    private readonly store: LogStore,
    private readonly isOn: boolean,
  ) {}

  /** Resolves when there is such a topic; undefined if it is known to exist, or nothing is to be made. Rejects as `createTopic`. */
  ensure(topic: string): Promise<void> | undefined {
    if (!this.isOn || this.#known.has(topic)) return undefined;
    let creating = this.#underway.get(topic);
    if (!creating) {
      creating = this.#create(topic).finally(() => this.#underway.delete(topic));
      this.#underway.set(topic, creating);
    }
    return creating;
  }

  /** The topic turned out not to exist (any more). */
  forget(topic: string): void {
    this.#known.delete(topic);
  }

  async #create(topic: string): Promise<void> {
    try {
      await this.store.createTopic(topic);
    } catch (error) {
      if (!isStoreError(error, 'TOPIC_EXISTS')) throw error;
    }
    this.#known.add(topic);
  }
}
