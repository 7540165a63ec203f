/**
 * Kafka's record batch, version 2: the bytes that travel in `Produce` and `Fetch` and that lie on disk. The only door of this folder;
 * it knows nothing of protobuf, so that storage may use it.
 */
export * from './header.js';
