import { type Compression, REMEMBERED_BATCHES } from '../../proto/record-batch/index.js';
import { checkBoolean, checkInteger, checkOneOf, invalidOption, withDefaults } from '../connection/index.js';

/** How a producer behaves. */
export interface ProducerOptions {
  /**
   * A batch is sent when it is so large, before compression. Bytes, 1 KiB to 64 MiB; never above the topic's `maxBatchBytes`. Less costs throughput, more
   * costs latency and memory under load.
   * @default 128 KiB
   */
  batchBytes?: number | undefined;
  /**
   * How long a batch that is not full waits for more records while others of its partition are on their way. Milliseconds, 0 to 60,000. With none on its way a record is
   * sent at once, whatever this says. More makes fewer, larger batches.
   * @default 2
   */
  lingerMs?: number | undefined;
  /**
   * Batches of one partition that are sent ahead of their acknowledgement, 1 to 16; without idempotence up to 1,000. More only adds latency once the
   * disk is busy.
   * @default 8
   */
  maxInFlightBatches?: number | undefined;
  /**
   * How batches are compressed: `none`, `gzip`, `snappy`, `lz4` or `zstd`. Costs processor time here and in every reader, none in the broker.
   * @default 'none'
   */
  compression?: Compression | undefined;
  /**
   * Number the batches, so that the broker stores none twice and none out of order, however often it is sent. Without it a batch whose acknowledgement was lost is *not* sent again
   * by itself (it fails with UNAVAILABLE and `outcomeUnknown`), and one that is sent again after a refusal may land behind others that were sent after it.
   * @default true
   */
  idempotent?: boolean | undefined;
  /**
   * How long a record may take from the moment it is handed over until it is acknowledged, all repetitions included; then it fails with DELIVERY_TIMEOUT.
   * Milliseconds, 1 to 2^31 − 1.
   * @default 120000
   */
  deliveryTimeoutMs?: number | undefined;
  /**
   * How much may be buffered: what waits, what is being sent and what is not acknowledged yet. Bytes, 64 KiB to 2^31 − 1. When it is reached, `send` waits and
   * `write` asks to wait.
   * @default 16 MiB
   */
  maxBufferedBytes?: number | undefined;
  /**
   * Calls of `send` that may wait for room in the buffer at a time; more are refused with BUFFER_FULL. 0 to 10,000,000.
   * @default 100000
   */
  maxWaitingSends?: number | undefined;
  /**
   * After how long the number of a topic's partitions is asked for again. Milliseconds, 100 to 2^31 − 1.
   * @default 60000
   */
  metadataMaxAgeMs?: number | undefined;
}

/** {@link ProducerOptions}, checked and complete. */
export type ResolvedProducerOptions = Readonly<{
  [Name in keyof ProducerOptions]-?: NonNullable<ProducerOptions[Name]>;
}>;

const MAX_MS = 2 ** 31 - 1;

/** What options are when they are not given. */
export const DEFAULT_PRODUCER_OPTIONS: ResolvedProducerOptions = Object.freeze({
  batchBytes: 128 * 1024,
  lingerMs: 2,
  maxInFlightBatches: 8,
  compression: 'none',
  idempotent: true,
  deliveryTimeoutMs: 120_000,
  maxBufferedBytes: 16 * 1024 ** 2,
  maxWaitingSends: 100_000,
  metadataMaxAgeMs: 60_000,
});

/** Fills in defaults and checks everything. INVALID_ARGUMENT, naming the option and its bounds. */
export function resolveProducerOptions(options: ProducerOptions): ResolvedProducerOptions {
  const filled = withDefaults(DEFAULT_PRODUCER_OPTIONS, options);
  checkInteger('batchBytes', filled.batchBytes, 1024, 64 * 1024 ** 2);
  checkInteger('lingerMs', filled.lingerMs, 0, 60_000);
  checkBoolean('idempotent', filled.idempotent);
  checkInFlight(filled);
  checkOneOf('compression', filled.compression, ['none', 'gzip', 'snappy', 'lz4', 'zstd']);
  checkInteger('deliveryTimeoutMs', filled.deliveryTimeoutMs, 1, MAX_MS);
  checkInteger('maxBufferedBytes', filled.maxBufferedBytes, 64 * 1024, MAX_MS);
  checkInteger('maxWaitingSends', filled.maxWaitingSends, 0, 10_000_000);
  checkInteger('metadataMaxAgeMs', filled.metadataMaxAgeMs, 100, MAX_MS);
  return Object.freeze(filled);
}

function checkInFlight({ idempotent, maxInFlightBatches }: ResolvedProducerOptions): void {
  checkInteger('maxInFlightBatches', maxInFlightBatches, 1, 1000);
  if (!idempotent || maxInFlightBatches <= REMEMBERED_BATCHES) return;
  throw invalidOption(
    'maxInFlightBatches',
    maxInFlightBatches,
    `it must be from 1 to ${REMEMBERED_BATCHES} with idempotent: a partition recognises no more batches than that`,
  );
}
