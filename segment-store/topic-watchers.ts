/** Those who want to know when topics came, changed or went. */
import type { StoreEventListener } from './store-event.js';

export class TopicWatchers {
  /** Objects, so that a listener that watches twice is called twice. */
  readonly #watchers = new Set<{ listener: () => void }>();
  #telling: NodeJS.Immediate | undefined;

  constructor(private readonly emit: StoreEventListener) {}

  /** See `LogStore.watchTopics`. */
  add(listener: () => void): () => void {
    const watcher = { listener };
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }

  /** Something changed: in a later turn all are told, once for all the changes until then. */
  tell(): void {
    this.#telling ??= setImmediate(() => {
      this.#telling = undefined;
      for (const watcher of this.#watchers) this.#call(watcher.listener);
    });
  }

  /** Nobody is told anything any more. */
  close(): void {
    clearImmediate(this.#telling);
    this.#watchers.clear();
  }

  /** What a listener throws is its own trouble: the others are told all the same. */
  #call(listener: () => void): void {
    try {
      listener();
    } catch (error) {
      const doing = 'telling a listener that topics changed';
      this.emit({ event: 'background-error', doing, error: error as Error });
    }
  }
}
