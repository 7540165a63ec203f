/** Damage to the view of the groups that looks like nothing: LMDB would serve it. */
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Behind a key: checksum, version of the value, then the offset. */
const OFFSET_AT = 4 + 2;
const OFFSET_BYTES = 8;
/** The version of keys of committed offsets. */
const OFFSET_KEY = 1;

/**
 * Changes every copy of a group's committed offsets for a topic, in all pages, by a bit: each is 256 too high or too low. Resolves with how many there were. No broker may
 * be running.
 */
export async function misplaceOffsets(dataDir: string, group: string, topic: string): Promise<number> {
  const path = join(dataDir, VIEW_FILE);
  const bytes = await readFile(path);
  const key = keyBegin(group, topic);
  let found = 0;
  for (let at = bytes.indexOf(key); at !== -1; at = bytes.indexOf(key, at + 1)) {
    const offsetEnd = at + key.length + PARTITION_BYTES + OFFSET_AT + OFFSET_BYTES;
    if (offsetEnd > bytes.length) break;
    bytes[offsetEnd - 2]! ^= 1;
    found += 1;
  }
  const file = await open(path, 'r+');
  await file.write(bytes, 0, bytes.length, 0);
  await file.close();
  return found;
}

const VIEW_FILE = 'groups/data.mdb';
const PARTITION_BYTES = 4;

/** A key up to the partition. */
function keyBegin(group: string, topic: string): Buffer {
  const version = Buffer.alloc(2);
  version.writeUInt16BE(OFFSET_KEY);
  return Buffer.concat([version, ...[group, topic].map(lengthFirst)]);
}

function lengthFirst(text: string): Buffer {
  const bytes = Buffer.from(text);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
