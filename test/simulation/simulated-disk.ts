/**
 * A disk with a file system, for all processes of a simulation. It knows which bytes and which names are durable, and loses the rest
 * when the power fails. It does everything at once; {@link ProcessFileSystem} adds time, and hands it to a process.
 *
 * Names are as weak as POSIX allows: a file that was synced may still be gone after a power loss, if its folder was not; of several changes to
 * names that were not synced, any may have reached the disk. A rename is whole or did not happen.
 */
import { DiskFile } from './disk-file.js';
import type { SeededRandom } from './seeded-random.js';

export type DiskNode = DiskFile | DiskFolder;

export class DiskFolder {
  readonly cached = new Map<string, DiskNode>();
  readonly durable = new Map<string, DiskNode>();
}

/** What a change to names does: each name gets its node, or none, all together. */
type NameChange = readonly { folder: DiskFolder; name: string; node: DiskNode | undefined }[];

/** What the disk does wrong, from now on. */
export interface DiskFaults {
  /** Room for file contents. */
  capacityBytes: number;
  /** Files that one process may have open. */
  maxOpenFiles: number;
  /** How many of 1 writes, and how many of 1 syncs, fail with EIO. */
  writeErrorRate: number;
  syncErrorRate: number;
  /** While true no sync returns. */
  syncsHang: boolean;
}

const HEALTHY: DiskFaults = {
  capacityBytes: Number.POSITIVE_INFINITY,
  maxOpenFiles: Number.POSITIVE_INFINITY,
  writeErrorRate: 0,
  syncErrorRate: 0,
  syncsHang: false,
};

export class SimulatedDisk {
  readonly faults: DiskFaults = { ...HEALTHY };
  readonly #root = new DiskFolder();
  #pendingNames: NameChange[] = [];

  constructor(private readonly random: SeededRandom) {}

  heal(): void {
    Object.assign(this.faults, HEALTHY);
  }

  /** What is there, or undefined. */
  find(path: string): DiskNode | undefined {
    let node: DiskNode | undefined = this.#root;
    for (const name of partsOf(path)) {
      if (!(node instanceof DiskFolder)) return undefined;
      node = node.cached.get(name);
    }
    return node;
  }

  file(path: string): DiskFile {
    const node = this.find(path);
    if (node instanceof DiskFile) return node;
    throw systemError(node ? 'EISDIR' : 'ENOENT', path);
  }

  folder(path: string): DiskFolder {
    const node = this.find(path);
    if (node instanceof DiskFolder) return node;
    throw systemError(node ? 'ENOTDIR' : 'ENOENT', path);
  }

  createFile(path: string): DiskFile {
    const { folder, name } = this.#parent(path);
    if (this.freeBytes() <= 0) throw systemError('ENOSPC', path);
    const file = new DiskFile();
    this.#changeNames([{ folder, name, node: file }]);
    return file;
  }

  /** One level; fine if it is there. */
  createFolder(path: string): void {
    if (this.find(path) instanceof DiskFolder) return;
    const { folder, name } = this.#parent(path);
    if (folder.cached.has(name)) throw systemError('EEXIST', path);
    this.#changeNames([{ folder, name, node: new DiskFolder() }]);
  }

  rename(from: string, to: string): void {
    const node = this.find(from);
    if (!node) throw systemError('ENOENT', from);
    const source = this.#parent(from);
    const target = this.#parent(to);
    if (from === to) return;
    this.#changeNames([
      { ...source, node: undefined },
      { ...target, node },
    ]);
  }

  /** Takes away one name; fine if there is none. */
  unlink(path: string): void {
    if (!this.find(path)) return;
    this.#changeNames([{ ...this.#parent(path), node: undefined }]);
  }

  /** Makes durable what happened to the names in this folder. */
  syncFolder(path: string): void {
    const folder = this.folder(path);
    const concerns = (change: NameChange) => change.some((part) => part.folder === folder);
    for (const change of this.#pendingNames.filter(concerns)) makeDurable(change);
    this.#pendingNames = this.#pendingNames.filter((change) => !concerns(change));
  }

  freeBytes(): number {
    return this.faults.capacityBytes - this.usedBytes();
  }

  usedBytes(): number {
    let sum = 0;
    for (const file of filesBelow(this.#root, new Set())) sum += file.sizeBytes;
    return sum;
  }

  /** Some state of the disk that the power loss may have left. */
  losePower(): void {
    this.#loseNames();
    for (const file of filesBelow(this.#root, new Set())) file.losePower(this.random);
  }

  #loseNames(): void {
    const inOrder = this.random.chance(0.5);
    const share = this.random.next();
    const cut = this.random.between(0, this.#pendingNames.length + 1);
    this.#pendingNames.forEach((change, i) => {
      if (inOrder ? i < cut : this.random.chance(share)) makeDurable(change);
    });
    this.#pendingNames = [];
    restoreNames(this.#root, new Set());
  }

  #parent(path: string): { folder: DiskFolder; name: string } {
    const parts = partsOf(path);
    const name = parts.pop();
    if (name === undefined) throw systemError('EINVAL', path);
    return { folder: this.folder(parts.join('/')), name };
  }

  #changeNames(change: NameChange): void {
    for (const { folder, name, node } of change) setName(folder.cached, name, node);
    this.#pendingNames.push(change);
  }
}

/** An error as Node throws it for a system call. */
export function systemError(code: string, path: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: simulated, '${path}'`), { code, path });
}

export function partsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.');
}

function setName(names: Map<string, DiskNode>, name: string, node: DiskNode | undefined): void {
  if (node) names.set(name, node);
  else names.delete(name);
}

function makeDurable(change: NameChange): void {
  for (const { folder, name, node } of change) setName(folder.durable, name, node);
}

function restoreNames(folder: DiskFolder, visited: Set<DiskFolder>): void {
  if (visited.has(folder)) return;
  visited.add(folder);
  folder.cached.clear();
  for (const [name, node] of folder.durable) {
    folder.cached.set(name, node);
    if (node instanceof DiskFolder) restoreNames(node, visited);
  }
}

/** Each file once, in the order of their names: a seed must meet them in the same order each time. */
function filesBelow(folder: DiskFolder, found: Set<DiskFile>): Set<DiskFile> {
  for (const [, node] of [...folder.cached].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (node instanceof DiskFile) found.add(node);
    else filesBelow(node, found);
  }
  return found;
}
