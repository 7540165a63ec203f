/** The options of the log itself. */
import { DEFAULT_LOG_STORE_OPTIONS as STORE } from '../../segment-store/index.js';
import { bytes, choice, count, ms, path } from './option.js';

const KIB = 1024;
const MIB = 1024 ** 2;
const GIB = 1024 ** 3;
const DAY_MS = 24 * 60 * 60 * 1000;

export const STORE_OPTIONS = {
  dataDir: path('./data', 'The directory of everything. Made if it does not exist. One broker at a time.'),
  durability: choice(
    STORE.durability,
    ['fsync', 'interval', 'os'],
    'When an append is acknowledged. fsync: when it is on disk. interval: when the operating system has it, which syncs every syncIntervalMs; ' +
      'a power loss takes up to that much. os: as interval, but synced when segments roll and at the end only; a power loss takes what it likes. ' +
      'The death of the process takes nothing in any of them.',
  ),
  syncIntervalMs: ms(
    STORE.syncIntervalMs,
    { min: 1, max: DAY_MS },
    'Time between syncs under durability interval. More: a power loss takes more.',
  ),
  defaultPartitions: count(
    STORE.defaultPartitions,
    { min: 1, max: 10_000 },
    'Partitions of a topic that does not say how many. More: more parallel readers, more files.',
  ),
  maxTopics: count(
    STORE.maxTopics,
    { min: 1, max: 1_000_000 },
    'The most topics. Each costs memory and files.',
  ),
  maxPartitions: count(
    STORE.maxPartitions,
    { min: 1, max: 1_000_000 },
    'The most partitions of all topics together. Each costs memory, files and time at the start.',
  ),
  maxUncompressedBatchBytes: bytes(
    STORE.maxUncompressedBatchBytes,
    { min: 64 * KIB, max: GIB },
    'What a compressed batch may hold when it is decompressed. Beyond it is refused. Bounds the memory that a bomb can take.',
  ),
  appendQueueBytes: bytes(
    STORE.appendQueueBytes,
    { min: MIB, max: 16 * GIB },
    'Bytes of appends that may wait to be written. Beyond, they are refused with APPEND_QUEUE_FULL. More costs memory when the disk is slow.',
  ),
  maxWaiters: count(
    STORE.maxWaiters,
    { min: 1, max: 10_000_000 },
    'Readers that may wait for new records at a time. Beyond: TOO_MANY.',
  ),
  maxOpenFiles: count(
    STORE.maxOpenFiles,
    { min: 16, max: 1_000_000 },
    'Log files kept open at a time. Fewer: time to open them again. The limit of the process (ulimit -n) must be well above.',
  ),
  indexCacheBytes: bytes(
    STORE.indexCacheBytes,
    { min: 64 * KIB, max: 64 * GIB },
    'Bytes of index kept in memory for sealed segments. Fewer: reads of old records take longer.',
  ),
  freeSpaceReserveBytes: bytes(
    STORE.freeSpaceReserveBytes,
    { min: 0, max: 1024 * GIB },
    'Appends are refused while the disk has less room than this. 0: until it is full, when there may be no room for checkpoints either.',
  ),
  producerIdleMs: ms(
    STORE.producerIdleMs,
    { min: 1000, max: 3650 * DAY_MS },
    'How long a silent producer is remembered. One that sends a batch again later than this may store it twice.',
  ),
  maxProducersPerPartition: count(
    STORE.maxProducersPerPartition,
    { min: 1, max: 10_000_000 },
    'Idempotent producers that a partition remembers; the one silent longest is forgotten first.',
  ),
  checkpointIntervalMs: ms(
    STORE.checkpointIntervalMs,
    { min: 100, max: DAY_MS },
    'Recovery points are written at least this often while there are appends. Less: a faster start after a crash, more small writes.',
  ),
  checkpointBytes: bytes(
    STORE.checkpointBytes,
    { min: MIB, max: 1024 * GIB },
    'Recovery points are also written when so many bytes were appended since, which bounds what a start after a crash must scan.',
  ),
  cleanupIntervalMs: ms(
    STORE.cleanupIntervalMs,
    { min: 100, max: DAY_MS },
    'Time between looks at retention and compaction.',
  ),
  maxConcurrentSyncs: count(
    STORE.maxConcurrentSyncs,
    { min: 1, max: 128 },
    'Syncs under way at a time. Keep it below UV_THREADPOOL_SIZE, so that a hung disk does not block reads.',
  ),
};
