/** What a partition promises to an idempotent producer, for both sides of the connection. */

/**
 * How many of a producer's last batches a partition recognises when they come again, across restarts: so many may be in flight. Kafka remembers
 * 5; at 128 KiB a batch that does not fill the time that a sync takes.
 */
export const REMEMBERED_BATCHES = 16;
