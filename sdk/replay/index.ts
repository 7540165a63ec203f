/** Copying a range of a topic into another. This folder's only door. */
export { Replay, type ReplayOutcome } from './replay.js';
export { type ReplayOptions, resolveReplayOptions } from './replay-options.js';
export type { ReplayPace } from './replay-pace.js';
export type { PlannedPartition, ReplayPlan } from './replay-plan.js';
export type { PartitionReplayProgress, ReplayProgress } from './replay-progress.js';
