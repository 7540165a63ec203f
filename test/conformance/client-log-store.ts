/** The part of the log's interface that a client of a broker can have over gRPC; the rest is for the layers in the broker's own process. */
import type { LogStore } from '../../segment-store/index.js';

export type ClientLogStore = Omit<LogStore, 'sizeBetween' | 'timeAt' | 'watchTopics' | 'holdRetention'>;
