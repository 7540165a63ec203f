/**
 * Reads a view and writes its entries to descriptor 3, in a process of its own: on a damaged page LMDB ends the process it runs in. What comes out of here
 * is checked by whoever reads it. Plain JavaScript, so that it runs from the sources as well as from what was built.
 *
 *     entry  keyLength uint16, valueLength uint32, key, value
 *     end    keyLength 0, valueLength 0
 *
 * Arguments: the file.
 */
import { writeSync } from 'node:fs';
import { open } from 'lmdb';

const OUTPUT = 3;
const CHUNK_BYTES = 256 * 1024;
const FRAME_BYTES = 6;

const view = open({
  path: process.argv[2],
  noSubdir: true,
  readOnly: true,
  overlappingSync: false,
  keyEncoding: 'binary',
  encoding: 'binary',
  maxDbs: 1,
});

let chunk = [];
let chunkBytes = 0;

for (const { key, value } of view.getRange()) put(key, value);
put(Buffer.alloc(0), Buffer.alloc(0));
flush();
// Closing would only give LMDB another chance to fail.
process.exit(0);

function put(key, value) {
  const frame = Buffer.allocUnsafe(FRAME_BYTES + key.length + value.length);
  frame.writeUInt16BE(key.length, 0);
  frame.writeUInt32BE(value.length, 2);
  frame.set(key, FRAME_BYTES);
  frame.set(value, FRAME_BYTES + key.length);
  chunk.push(frame);
  chunkBytes += frame.length;
  if (chunkBytes >= CHUNK_BYTES) flush();
}

function flush() {
  const bytes = Buffer.concat(chunk);
  chunk = [];
  chunkBytes = 0;
  for (let at = 0; at < bytes.length; ) at += writeSync(OUTPUT, bytes, at);
}
