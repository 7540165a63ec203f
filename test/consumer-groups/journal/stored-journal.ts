/** The journal's files, to be spoilt while no store has them open. */
import { open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { splitBatches } from '../../../proto/record-batch/index.js';

const JOURNAL_FOLDER = 'topics/__consumer_offsets-0';

/** Where its batches lie, in the order of their offsets. */
export interface StoredBatch {
  path: string;
  position: number;
  sizeBytes: number;
  baseOffset: number;
  nextOffset: number;
}

export async function journalBatches(dataDir: string): Promise<StoredBatch[]> {
  const folder = join(dataDir, JOURNAL_FOLDER);
  const names = (await readdir(folder)).filter((name) => name.endsWith('.log')).sort();
  const batches: StoredBatch[] = [];
  for (const name of names) {
    const path = join(folder, name);
    let position = 0;
    for (const { bytes, baseOffset, nextOffset } of splitBatches(await readFile(path))) {
      batches.push({ path, position, sizeBytes: bytes.length, baseOffset, nextOffset });
      position += bytes.length;
    }
  }
  return batches;
}

/** Changes a byte in the middle of a batch. */
export async function damageBatch({ path, position, sizeBytes }: StoredBatch): Promise<void> {
  const file = await open(path, 'r+');
  const at = position + sizeBytes - 5;
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, at);
  await file.write(Buffer.from([buffer[0]! ^ 0xff]), 0, 1, at);
  await file.close();
}
