/** The defaults that topics get which do not say otherwise. */
import { TOPIC_CONFIG_BOUNDS as BOUNDS, DEFAULT_TOPIC_CONFIG as TOPIC } from '../../segment-store/index.js';
import { bytes, choice, ms, orNone, ratio } from './option.js';

export const TOPIC_OPTIONS = {
  topicCleanupPolicy: choice(
    TOPIC.cleanupPolicy,
    ['delete', 'compact', 'compact,delete'],
    'Topic default. delete: old segments go by time and size. compact: the last record of each key stays.',
  ),
  topicRetentionMs: orNone(
    ms(0, BOUNDS.retentionMs, 'Topic default. Segments whose newest record is older are deleted, for good.'),
    TOPIC.retentionMs,
  ),
  topicRetentionBytes: orNone(
    bytes(
      0,
      BOUNDS.retentionBytes,
      'Topic default. The oldest segments are deleted while a partition is larger.',
    ),
    TOPIC.retentionBytes,
  ),
  topicSegmentBytes: bytes(
    TOPIC.segmentBytes,
    BOUNDS.segmentBytes,
    'Topic default. A segment is rolled before it would grow beyond this. Small segments: many files; large ones: retention in large steps.',
  ),
  topicSegmentMs: ms(
    TOPIC.segmentMs,
    BOUNDS.segmentMs,
    'Topic default. A segment is rolled when its first record is older.',
  ),
  topicMaxBatchBytes: bytes(
    TOPIC.maxBatchBytes,
    BOUNDS.maxBatchBytes,
    'Topic default. The largest batch, header included. It must fit in one gRPC message: at most maxMessageBytes less 1 KiB.',
  ),
  topicIndexIntervalBytes: bytes(
    TOPIC.indexIntervalBytes,
    BOUNDS.indexIntervalBytes,
    'Topic default. An index entry is written when more than this was appended since the last. Less: larger indexes, shorter scans.',
  ),
  topicSegmentIndexBytes: bytes(
    TOPIC.segmentIndexBytes,
    BOUNDS.segmentIndexBytes,
    'Topic default. A segment is rolled when an index reaches this size.',
  ),
  topicDeleteRetentionMs: ms(
    TOPIC.deleteRetentionMs,
    BOUNDS.deleteRetentionMs,
    'Topic default. How long a compacted topic keeps a null value. Less than a reader may lag: it may miss the deletion.',
  ),
  topicMinCompactionLagMs: ms(
    TOPIC.minCompactionLagMs,
    BOUNDS.minCompactionLagMs,
    'Topic default. Records younger than this are not compacted.',
  ),
  topicMinCleanableDirtyRatio: ratio(
    TOPIC.minCleanableDirtyRatio,
    'Topic default. A partition is compacted when this share of its sealed bytes is new. Less: compacted more often, more I/O.',
  ),
};
