/** `FetchResponse` with its batches gathered: encoded with one copy, decoded with none. */
import { type Gathered, gather } from './gather.js';
import { respool } from './generated/messages.js';
import { delimitedFieldBytes, varintFieldBytes, writeBytesField, writeVarintField } from './wire.js';

type FetchResponse = respool.v1.FetchResponse.$Properties;

/** The response, to be written straight into its frame. `batches` must not change until then. Plain records go through protobufjs. */
export function encodeFetchResponse(response: FetchResponse): Gathered | Buffer {
  if (response.records?.length) return asBuffer(respool.v1.FetchResponse.encode(response).finish());
  const { nextOffset, highWatermark, logStartOffset, batches } = response;
  const byteLength =
    varintFieldBytes(nextOffset ?? 0) +
    varintFieldBytes(highWatermark ?? 0) +
    varintFieldBytes(logStartOffset ?? 0) +
    (batches?.length ? delimitedFieldBytes(batches.length) : 0);
  return gather(byteLength, (target, at) => {
    let pos = writeVarintField(target, 1, nextOffset ?? 0, at);
    pos = writeVarintField(target, 2, highWatermark ?? 0, pos);
    pos = writeVarintField(target, 3, logStartOffset ?? 0, pos);
    return batches?.length ? writeBytesField(target, 4, batches, pos) : pos;
  });
}

/** The response; its batches, keys and values are views into `bytes`. */
export function decodeFetchResponse(bytes: Buffer): respool.v1.FetchResponse {
  return respool.v1.FetchResponse.decode(bytes);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
