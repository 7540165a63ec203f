/** `ProduceRequest` with its batches gathered: encoded with one copy, decoded with none. */
import { type Gathered, gather } from './gather.js';
import { respool } from './generated/messages.js';
import {
  delimitedFieldBytes,
  varintBytes,
  varintFieldBytes,
  writeBytesField,
  writeDelimitedHead,
  writeStringField,
  writeVarint,
  writeVarintField,
} from './wire.js';

type ProduceRequest = respool.v1.ProduceRequest.$Properties;
type ProduceBatch = respool.v1.ProduceBatch.$Properties;

const NO_BYTES = Buffer.alloc(0);

/** The request, to be written straight into its frame. The batches must not change until then. */
export function encodeProduceRequest(request: ProduceRequest): Gathered {
  const batches = (request.batches ?? []).map(measure);
  const byteLength = batches.reduce((sum, { byteLength }) => sum + delimitedFieldBytes(byteLength), 0);
  return gather(byteLength, (target, at) =>
    batches.reduce((pos, batch) => writeMeasured(target, batch, pos), at),
  );
}

/** The request; its batches are views into `bytes`. Unknown fields are passed over. */
export function decodeProduceRequest(bytes: Buffer): respool.v1.ProduceRequest {
  return respool.v1.ProduceRequest.decode(bytes);
}

interface MeasuredBatch {
  fields: ProduceBatch;
  byteLength: number;
  topicBytes: number;
}

function measure(fields: ProduceBatch): MeasuredBatch {
  const topicBytes = Buffer.byteLength(fields.topic ?? '');
  const batchBytes = fields.batch?.length ?? 0;
  const byteLength =
    varintFieldBytes(fields.correlationId ?? 0) +
    (topicBytes > 0 ? delimitedFieldBytes(topicBytes) : 0) +
    varintFieldBytes(fields.partition ?? 0) +
    (batchBytes > 0 ? delimitedFieldBytes(batchBytes) : 0) +
    // Explicit presence: written although it may be 0.
    (fields.expectedOffset == null ? 0 : 1 + varintBytes(fields.expectedOffset));
  return { fields, byteLength, topicBytes };
}

function writeMeasured(
  target: Buffer,
  { fields, byteLength, topicBytes }: MeasuredBatch,
  at: number,
): number {
  let pos = writeDelimitedHead(target, 1, byteLength, at);
  pos = writeVarintField(target, 1, fields.correlationId ?? 0, pos);
  pos = writeStringField(target, 2, fields.topic ?? '', topicBytes, pos);
  pos = writeVarintField(target, 3, fields.partition ?? 0, pos);
  const batch = fields.batch ?? NO_BYTES;
  if (batch.length > 0) pos = writeBytesField(target, 4, batch, pos);
  if (fields.expectedOffset == null) return pos;
  target[pos] = EXPECTED_OFFSET_TAG;
  return writeVarint(target, fields.expectedOffset, pos + 1);
}

const EXPECTED_OFFSET_TAG = 5 << 3;
