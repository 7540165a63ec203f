/** `ConsumeResponse` with its batches gathered: encoded with one copy, decoded with none. */
import { type Gathered, gather } from './gather.js';
import { respool } from './generated/messages.js';
import {
  delimitedFieldBytes,
  varintFieldBytes,
  writeBytesField,
  writeDelimitedHead,
  writeStringField,
  writeVarintField,
} from './wire.js';

type ConsumeResponse = respool.v1.ConsumeResponse.$Properties;
type PartitionBatches = respool.v1.PartitionBatches.$Properties;

/** The response, to be written straight into its frame. The batches must not change until then. What carries none goes through protobufjs. */
export function encodeConsumeResponse(response: ConsumeResponse): Gathered | Buffer {
  const { batches, skipped, ...before } = response;
  if (!batches) return encodeSmall(response);
  const head = encodeSmall(before);
  const tail = encodeSmall({ skipped: skipped ?? null });
  const measured = measure(batches);
  const byteLength = head.length + delimitedFieldBytes(measured.byteLength) + tail.length;
  return gather(byteLength, (target, at) => {
    const pos = writeMeasured(target, measured, at + head.copy(target, at));
    return pos + tail.copy(target, pos);
  });
}

/** The response; its batches are a view into `bytes`. */
export function decodeConsumeResponse(bytes: Buffer): respool.v1.ConsumeResponse {
  return respool.v1.ConsumeResponse.decode(bytes);
}

function encodeSmall(response: ConsumeResponse): Buffer {
  const bytes = respool.v1.ConsumeResponse.encode(response).finish();
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

interface MeasuredBatches {
  fields: PartitionBatches;
  byteLength: number;
  topicBytes: number;
}

function measure(fields: PartitionBatches): MeasuredBatches {
  const topicBytes = Buffer.byteLength(fields.topic ?? '');
  const batchesBytes = fields.batches?.length ?? 0;
  const byteLength =
    (topicBytes > 0 ? delimitedFieldBytes(topicBytes) : 0) +
    varintFieldBytes(fields.partition ?? 0) +
    varintFieldBytes(fields.generation ?? 0) +
    varintFieldBytes(fields.seekNumber ?? 0) +
    (batchesBytes > 0 ? delimitedFieldBytes(batchesBytes) : 0) +
    varintFieldBytes(fields.nextOffset ?? 0) +
    varintFieldBytes(fields.highWatermark ?? 0) +
    varintFieldBytes(fields.logStartOffset ?? 0);
  return { fields, byteLength, topicBytes };
}

function writeMeasured(
  target: Buffer,
  { fields, byteLength, topicBytes }: MeasuredBatches,
  at: number,
): number {
  let pos = writeDelimitedHead(target, 4, byteLength, at);
  pos = writeStringField(target, 1, fields.topic ?? '', topicBytes, pos);
  pos = writeVarintField(target, 2, fields.partition ?? 0, pos);
  pos = writeVarintField(target, 3, fields.generation ?? 0, pos);
  pos = writeVarintField(target, 4, fields.seekNumber ?? 0, pos);
  if (fields.batches?.length) pos = writeBytesField(target, 5, fields.batches, pos);
  pos = writeVarintField(target, 6, fields.nextOffset ?? 0, pos);
  pos = writeVarintField(target, 7, fields.highWatermark ?? 0, pos);
  return writeVarintField(target, 8, fields.logStartOffset ?? 0, pos);
}
