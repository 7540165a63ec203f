/** The state of a group store as plain values, to be compared. */
import type { GroupChange, GroupStore } from '../../../consumer-groups/group-store.js';

/** What a store holds, as changes that would make it, in an order of their own. */
export function stateOf(store: GroupStore): string[] {
  const changes: GroupChange[] = [];
  for (const group of store.groups()) {
    const state = store.state(group);
    if (state) changes.push({ kind: 'group', group, state });
    for (const entry of store.offsets(group)) changes.push({ kind: 'offset', group, ...entry });
    for (const snapshot of store.snapshots(group)) {
      changes.push({ kind: 'snapshot', group, name: snapshot.name, snapshot });
    }
  }
  return changes.map((change) => JSON.stringify(change)).sort();
}

/** What changes come to, kept as simply as can be: the last of each key, unless it deletes. */
export class ExpectedState {
  readonly #last = new Map<string, GroupChange>();

  apply(changes: readonly GroupChange[]): void {
    for (const change of changes) {
      if (isDeletion(change)) this.#last.delete(keyOf(change));
      else this.#last.set(keyOf(change), change);
    }
  }

  /** As {@link stateOf}. */
  get state(): string[] {
    return [...this.#last.values()].map((change) => JSON.stringify(change)).sort();
  }

  get size(): number {
    return this.#last.size;
  }
}

function keyOf(change: GroupChange): string {
  switch (change.kind) {
    case 'offset':
      return JSON.stringify(['offset', change.group, change.topic, change.partition]);
    case 'group':
      return JSON.stringify(['group', change.group]);
    case 'snapshot':
      return JSON.stringify(['snapshot', change.group, change.name]);
  }
}

function isDeletion(change: GroupChange): boolean {
  switch (change.kind) {
    case 'offset':
      return change.committed === undefined;
    case 'group':
      return change.state === undefined;
    case 'snapshot':
      return change.snapshot === undefined;
  }
}
