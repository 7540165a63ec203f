/** A copy of all files of a simulated disk: to be damaged by hand, and put on a disk of its own. */
import { DiskFile } from './disk-file.js';
import { DiskFolder, type SimulatedDisk } from './simulated-disk.js';
import { SimulatedMachine } from './simulated-machine.js';

/** Contents by path; folders have none. Neither is ever changed: damage makes a new image. */
export type DiskImage = ReadonlyMap<string, Buffer | undefined>;

/** What the page cache holds at this moment, as a copy of the directory would have it. */
export function imageOf(disk: SimulatedDisk): DiskImage {
  const image = new Map<string, Buffer | undefined>();
  const visit = (path: string) => {
    const node = disk.find(path);
    if (node instanceof DiskFile) image.set(path, node.content());
    if (!(node instanceof DiskFolder)) return;
    if (path !== '') image.set(path, undefined);
    for (const name of [...node.cached.keys()].sort()) visit(`${path}/${name}`);
  };
  visit('');
  return image;
}

/** A machine whose disk holds the image, all of it durable. */
export function machineWith(image: DiskImage): SimulatedMachine {
  const machine = new SimulatedMachine(0);
  const folders = new Set(['/']);
  for (const [path, content] of image) {
    folders.add(path.slice(0, path.lastIndexOf('/')));
    if (content === undefined) machine.disk.createFolder(path);
    else {
      const file = machine.disk.createFile(path);
      file.write(0, content);
      file.sync(file.order);
    }
  }
  for (const folder of folders) machine.disk.syncFolder(folder);
  return machine;
}

export function replaced(image: DiskImage, path: string, content: Buffer): DiskImage {
  return new Map(image).set(path, content);
}

export function withoutFile(image: DiskImage, path: string): DiskImage {
  const rest = new Map(image);
  rest.delete(path);
  return rest;
}

/** The content with one bit turned over. */
export function flipped(content: Buffer, at: number, bit: number): Buffer {
  const damaged = Buffer.from(content);
  damaged[at] = (damaged[at] ?? 0) ^ (1 << bit);
  return damaged;
}
