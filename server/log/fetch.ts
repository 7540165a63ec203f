/** `Fetch`: one partition, in order, from where to where was asked. */
import type { ServerWritableStream } from '@grpc/grpc-js';
import { respool } from '../../proto/index.js';
import { isStoreError, type ReadBatches } from '../../segment-store/index.js';
import type { BrokerContext } from '../broker-context.js';
import { MESSAGE_OVERHEAD_BYTES } from '../config/broker-config.js';
import { controlsOf } from '../rpc/call-controls.js';
import { callError } from '../rpc/error-status.js';
import type { FetchBuffer } from '../rpc/fetch-buffers.js';
import { ResponseWriter } from '../rpc/response-writer.js';
import { countOrDefault, invalidArgument, wirePartition } from '../rpc/wire-number.js';
import { cutBatches } from './batch-window.js';
import { fetchRange } from './fetch-range.js';
import { type RecordFilter, recordFilter } from './record-filter.js';
import { recordPieces } from './record-responses.js';
import { Semaphore } from './semaphore.js';

type FetchCall = ServerWritableStream<respool.v1.FetchRequest, respool.v1.FetchResponse.$Properties>;
type FetchResponse = respool.v1.FetchResponse.$Properties;

const { FETCH_FORMAT_BATCHES, FETCH_FORMAT_RECORDS, FETCH_FORMAT_UNSPECIFIED } = respool.v1.FetchFormat;

/** Fetches that may decode records at a time: it is for tools, and must not slow the rest. */
const CONCURRENT_DECODES = 2;
/** Bytes of batches that are decoded for one look, which bounds how long the event loop is taken. */
const MAX_DECODED_BYTES = 256 * 1024;

export function fetchHandler(context: BrokerContext): (call: FetchCall) => void {
  const decodes = new Semaphore(CONCURRENT_DECODES);
  return (call) => {
    const abort = new AbortController();
    const drain = () => abort.abort(context.draining.reason);
    const buffer = context.fetchBuffers.open((error) => {
      abort.abort(error);
      controlsOf(call).reset();
    });
    call.on('cancelled', () => {
      abort.abort(CANCELLED);
      buffer.close();
      context.draining.removeEventListener('abort', drain);
    });
    if (context.draining.aborted) drain();
    else context.draining.addEventListener('abort', drain, { once: true });
    runFetch(call, context, decodes, buffer, abort.signal).then(
      () => call.end(),
      (error: unknown) => {
        if (error === CANCELLED) return;
        context.faults.report(error, 'Fetch');
        call.emit('error', callError(error));
      },
    );
  };
}

/** The reason with which a call is aborted whose client is gone. */
const CANCELLED = Symbol('cancelled');

/** A Fetch, checked. */
interface FetchPlan {
  topic: string;
  partition: number;
  isBatches: boolean;
  maxBytes: number;
  maxRecords: number;
  filter: RecordFilter | undefined;
}

async function runFetch(
  call: FetchCall,
  context: BrokerContext,
  decodes: Semaphore,
  buffer: FetchBuffer,
  signal: AbortSignal,
): Promise<void> {
  const { store, metrics } = context;
  const plan = planFetch(call.request, context.config.maxFetchBytes);
  const { topic, partition } = plan;
  const { startOffset, endOffset } = await fetchRange(store, topic, partition, call.request);
  const writer = new ResponseWriter(call, buffer, signal);
  let offset = startOffset;
  let recordsLeft = plan.maxRecords;
  // Read at least once, so that an offset outside of the log is refused even if nothing was asked for.
  for (let isFirst = true; isFirst || (offset < endOffset && recordsLeft > 0); isFirst = false) {
    await buffer.reserve(plan.maxBytes, signal);
    let read: ReadBatches;
    try {
      read = await store.read(topic, partition, offset, plan.maxBytes);
    } catch (error) {
      // The log's start has moved since it was looked up: look again.
      if (!isFirst || isExact(call.request) || !isStoreError(error, 'OFFSET_OUT_OF_RANGE')) throw error;
      offset = (await fetchRange(store, topic, partition, call.request)).startOffset;
      continue;
    }
    signal.throwIfAborted();
    if (offset >= endOffset) return;
    if (read.batches.length === 0 && read.nextOffset === offset) {
      if (!call.request.follow) return;
      buffer.release();
      await store.awaitRecords(topic, partition, offset, signal);
      continue;
    }
    metrics.fetchedBytes.inc({ topic: metrics.topicLabel.of(topic) }, read.batches.length);
    for await (const sent of responses(read, plan, context, decodes, { offset, endOffset, recordsLeft })) {
      recordsLeft -= sent.records;
      await writer.write(sent.response, sent.bytes, signal);
    }
    buffer.release();
    offset = read.nextOffset;
  }
}

/** True if the call names the offset where it begins, rather than have the broker find it. */
function isExact({ from }: respool.v1.FetchRequest): boolean {
  return from?.offset != null;
}

function planFetch(request: respool.v1.FetchRequest, maxFetchBytes: number): FetchPlan {
  const { topic, format } = request;
  if (![FETCH_FORMAT_UNSPECIFIED, FETCH_FORMAT_RECORDS, FETCH_FORMAT_BATCHES].includes(format)) {
    throw invalidArgument('format', `is ${format}, which is no format of this broker`);
  }
  const isBatches = format === FETCH_FORMAT_BATCHES;
  const filter = recordFilter(request.filter);
  if (filter && isBatches) throw invalidArgument('filter', 'needs FETCH_FORMAT_RECORDS');
  const asked = countOrDefault('max_bytes', request.maxBytes) ?? maxFetchBytes;
  return {
    topic,
    partition: wirePartition(request.partition),
    isBatches,
    maxBytes: Math.min(asked, maxFetchBytes, isBatches ? Infinity : MAX_DECODED_BYTES),
    maxRecords: countOrDefault('max_records', request.maxRecords) ?? Infinity,
    filter,
  };
}

interface Wanted {
  offset: number;
  endOffset: number;
  recordsLeft: number;
}

interface SizedResponse {
  response: FetchResponse;
  bytes: number;
  records: number;
}

/** What was read, as responses that fit into a message each. */
async function* responses(
  read: ReadBatches,
  plan: FetchPlan,
  { config }: BrokerContext,
  turns: Semaphore,
  { offset, endOffset, recordsLeft }: Wanted,
): AsyncGenerator<SizedResponse, void> {
  const { highWatermark, logStartOffset } = read;
  const maxRecordBytes = config.maxMessageBytes - MESSAGE_OVERHEAD_BYTES;
  if (plan.isBatches) {
    const limits = { endOffset, maxRecords: recordsLeft, maxBytes: maxRecordBytes };
    for (const { batches, nextOffset, records } of wholeOrCut(read, limits)) {
      yield {
        response: { nextOffset, highWatermark, logStartOffset, batches },
        bytes: batches.length,
        records,
      };
    }
    return;
  }
  const pieces = recordPieces(read.batches, {
    startOffset: offset,
    endOffset,
    maxRecords: recordsLeft,
    filter: plan.filter,
    maxBytes: plan.maxBytes,
    maxRecordBytes,
    maxUncompressedBytes: config.maxUncompressedBatchBytes,
    turns,
  });
  for await (const { records, bytes, nextOffset } of pieces) {
    yield {
      response: { nextOffset, highWatermark, logStartOffset, records },
      bytes,
      records: records.length,
    };
  }
}

/** The fast way: what was read is what is sent, and no header is looked at. */
function wholeOrCut(
  { batches, nextOffset }: ReadBatches,
  limits: { endOffset: number; maxRecords: number; maxBytes: number },
) {
  const isWhole =
    nextOffset <= limits.endOffset && limits.maxRecords === Infinity && batches.length <= limits.maxBytes;
  return isWhole ? [{ batches, nextOffset, records: 0 }] : cutBatches(batches, limits);
}
