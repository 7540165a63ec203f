/** The internal topic that is the journal. */
import { isStoreError, type LogStore, type TopicConfig } from '../../segment-store/index.js';

export const JOURNAL_TOPIC = '__consumer_offsets';
/** One, so that all changes have one order and share syncs. */
export const JOURNAL_PARTITION = 0;

/** A write must fit into one batch: room for the reset of a hundred thousand partitions. */
export const MAX_JOURNAL_BATCH_BYTES = 16 * 1024 ** 2;

const DAY_MS = 24 * 60 * 60 * 1000;

/** All that the journal depends on is set, whatever the store's defaults are. Small segments, because only sealed ones are compacted. */
const CONFIG: Partial<TopicConfig> = {
  cleanupPolicy: 'compact',
  segmentBytes: 32 * 1024 ** 2,
  segmentMs: 7 * DAY_MS,
  maxBatchBytes: MAX_JOURNAL_BATCH_BYTES,
  deleteRetentionMs: DAY_MS,
  minCompactionLagMs: 0,
  minCleanableDirtyRatio: 0.5,
};

/** Makes the topic if it is not there, and sets what differs: a damaged settings file comes back with the store's defaults. */
export async function openJournalTopic(store: LogStore): Promise<void> {
  const config = await configOf(store);
  if (config === undefined) {
    await store.createTopic(JOURNAL_TOPIC, { internal: true, partitions: 1, config: CONFIG });
    return;
  }
  const fields = Object.keys(CONFIG) as (keyof TopicConfig)[];
  if (fields.some((field) => config[field] !== CONFIG[field])) {
    await store.alterTopic(JOURNAL_TOPIC, { set: CONFIG });
  }
}

/** Undefined: there is no such topic. */
async function configOf(store: LogStore): Promise<TopicConfig | undefined> {
  try {
    const [topic] = await store.describeTopics([JOURNAL_TOPIC]);
    return topic!.config;
  } catch (error) {
    if (isStoreError(error, 'TOPIC_NOT_FOUND')) return undefined;
    throw error;
  }
}
