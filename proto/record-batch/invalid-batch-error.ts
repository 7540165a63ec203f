/**
 * Thrown when bytes from outside (a producer, the network, the disk) are not the record batch that they claim to be.
 *
 * `reason` is one sentence fragment for people: what is wrong and what was expected. `offset` is where in the log, as far as
 * the bytes can be believed: the damaged record's offset, or else its batch's base offset; undefined when neither is known, as for a batch that
 * a producer has just sent. The caller should refuse the batch, or treat that stretch of the log as damaged.
 */
export class InvalidBatchError extends Error {
  override readonly name = 'InvalidBatchError';

  constructor(
    readonly reason: string,
    readonly offset?: number,
    options?: ErrorOptions,
  ) {
    super(`invalid record batch${offset === undefined ? '' : ` at offset ${offset}`}: ${reason}`, options);
  }
}
