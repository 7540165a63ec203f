/** A gate before the reads of a log: while it is closed they wait, and then read what they were asked for. */
import type { LogStore } from '../../../segment-store/index.js';

export class ReadGate {
  #opened = Promise.resolve();
  #open = () => {};
  #onRead: (() => void) | undefined;

  close(): void {
    this.#opened = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  open(): void {
    this.#open();
  }

  /** Resolves when the next read has come here. */
  nextRead(): Promise<void> {
    return new Promise((resolve) => {
      this.#onRead = resolve;
    });
  }

  wrap(log: LogStore): LogStore {
    const read: LogStore['read'] = async (...args) => {
      this.#onRead?.();
      const found = await log.read(...args);
      await this.#opened;
      return found;
    };
    return new Proxy(log, {
      get(target, field) {
        if (field === 'read') return read;
        const value: unknown = Reflect.get(target, field, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  }
}
