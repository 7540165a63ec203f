/**
 * The idempotent producers of a partition as of an offset, in a file of that name. Recovery starts from the last one and reads only what
 * came after. Our own layout: Kafka's keeps one batch of each producer, which after a restart takes the retries of the other four in flight for gaps.
 *
 *     at  length  field
 *      0       4  magic             "RPS1"
 *      4       4  crc               CRC-32C of byte 8 to the end
 *      8       4  producers
 *     12          producers         { producerId int64, batches uint8 { epoch int16, firstSequence int32, lastSequence int32,
 *                                     firstOffset int64, lastOffset int64, timestampMs int64 } }
 */
import { crc32c } from '@node-rs/crc32';
import { REMEMBERED_BATCHES, readInt64, writeInt64 } from '../proto/record-batch/index.js';
import { GrowingBuffer } from './growing-buffer.js';
import type { ProducedBatch, ProducerState } from './producer-state.js';

const MAGIC = Buffer.from('RPS1');
const PRODUCERS_AT = 12;
const BATCH_BYTES = 34;

/** What is known below `offset`. */
export function encodeProducerSnapshot(state: ProducerState, offset: number): Buffer {
  const out = new GrowingBuffer(Buffer.alloc(PRODUCERS_AT));
  let producers = 0;
  for (const [producerId, batches] of state.below(offset)) {
    producers += 1;
    const at = out.reserve(9 + batches.length * BATCH_BYTES);
    writeInt64(out.memory, producerId, at);
    out.memory.writeUInt8(batches.length, at + 8);
    batches.forEach((batch, number) => {
      writeBatch(out.memory, batch, at + 9 + number * BATCH_BYTES);
    });
  }
  const content = out.content;
  MAGIC.copy(content, 0);
  content.writeUInt32BE(producers, 8);
  content.writeUInt32BE(crc32c(content.subarray(8)), 4);
  return content;
}

/** Undefined if the content is no whole snapshot; so it is never half believed. */
export function decodeProducerSnapshot(content: Buffer): Map<number, ProducedBatch[]> | undefined {
  if (content.length < PRODUCERS_AT || !content.subarray(0, 4).equals(MAGIC)) return undefined;
  if (crc32c(content.subarray(8)) !== content.readUInt32BE(4)) return undefined;
  const producers = new Map<number, ProducedBatch[]>();
  let at = PRODUCERS_AT;
  for (let left = content.readUInt32BE(8); left > 0; left -= 1) {
    const producerId = readInt64(content, at);
    const count = content.readUInt8(at + 8);
    if (count > REMEMBERED_BATCHES) return undefined;
    const batches = Array.from({ length: count }, (_, number) =>
      readBatch(content, at + 9 + number * BATCH_BYTES),
    );
    producers.set(producerId, batches);
    at += 9 + count * BATCH_BYTES;
  }
  return producers;
}

function writeBatch(to: Buffer, batch: ProducedBatch, at: number): void {
  to.writeInt16BE(batch.epoch, at);
  to.writeInt32BE(batch.firstSequence, at + 2);
  to.writeInt32BE(batch.lastSequence, at + 6);
  writeInt64(to, batch.firstOffset, at + 10);
  writeInt64(to, batch.lastOffset, at + 18);
  writeInt64(to, batch.timestampMs, at + 26);
}

function readBatch(from: Buffer, at: number): ProducedBatch {
  return {
    epoch: from.readInt16BE(at),
    firstSequence: from.readInt32BE(at + 2),
    lastSequence: from.readInt32BE(at + 6),
    firstOffset: readInt64(from, at + 10),
    lastOffset: readInt64(from, at + 18),
    timestampMs: readInt64(from, at + 26),
  };
}
