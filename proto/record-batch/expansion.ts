import { InvalidBatchError } from './invalid-batch-error.js';

/** What is said of records that would be too many bytes when decompressed. */
export function expandsTooFar(codec: string, bytes: number | undefined, maxBytes: number): InvalidBatchError {
  const size = bytes === undefined ? 'more' : `${bytes} bytes`;
  return new InvalidBatchError(
    `its records would have ${size} when decompressed with ${codec}; the limit is ${maxBytes}`,
  );
}

/** What is said of compressed records whose framing is wrong. */
export function malformedFraming(codec: string, problem: string): InvalidBatchError {
  return new InvalidBatchError(`its ${codec} framing is malformed: ${problem}`);
}
