/** Keeps a group without members for as long as it takes. */
import type { ActiveGroups } from '../active-groups.js';

export class EmptyHold {
  readonly #release: () => void;

  private constructor(release: () => void) {
    this.#release = release;
  }

  /** Resolves when the group has no members and gets none until {@link release}. GROUP_NOT_EMPTY. */
  static take(active: ActiveGroups, group: string): Promise<EmptyHold> {
    return new Promise((resolve, reject) => {
      active
        .whileEmpty(group, () => new Promise<void>((release) => resolve(new EmptyHold(release))))
        .catch(reject);
    });
  }

  /** Idempotent. */
  release(): void {
    this.#release();
  }
}
