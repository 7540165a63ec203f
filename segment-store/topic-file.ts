/**
 * A topic's settings on disk: JSON, then a checksum line. Fields that the topic does not set are left out, so that they follow the store's defaults.
 */
import { withChecksum, withoutChecksum } from './checksummed-text.js';
import { checkTopicConfig, type TopicConfig } from './topic-config.js';

export interface TopicSettings {
  partitions: number;
  /** What the topic sets itself. */
  overrides: Partial<TopicConfig>;
  /** True once compaction was on: offsets may be missing for ever after. */
  everCompacted: boolean;
}

export function encodeTopicFile(settings: TopicSettings): string {
  // JSON has no undefined, which for the limits means "none": null stands for it.
  const overrides = Object.fromEntries(
    Object.entries(settings.overrides).map(([key, value]) => [key, value ?? null]),
  );
  return withChecksum(`${JSON.stringify({ ...settings, overrides }, undefined, 2)}\n`);
}

/** Undefined if the content is damaged or is no topic's. */
export function decodeTopicFile(content: string): TopicSettings | undefined {
  const text = withoutChecksum(content);
  if (text === undefined) return undefined;
  try {
    const { partitions, overrides, everCompacted } = JSON.parse(text);
    const config = Object.fromEntries(
      Object.entries(overrides).map(([key, value]) => [key, value ?? undefined]),
    );
    checkTopicConfig(config);
    return { partitions, overrides: config, everCompacted };
  } catch {
    return undefined;
  }
}
