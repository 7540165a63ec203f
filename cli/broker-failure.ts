/** What the broker refused, as a failure of the command. */
import { RespoolError, type RespoolErrorCode } from '../sdk/index.js';
import { EXIT, type ExitCode } from './exit-code.js';
import { CommandError } from './failure.js';

/** With `say`, in other words. Anything but a {@link RespoolError} comes back as it is. */
export function brokerFailure(
  error: unknown,
  say: (message: string) => string = (message) => message,
  facts: Readonly<Record<string, unknown>> = {},
): unknown {
  if (!(error instanceof RespoolError)) return error;
  const { code, message, details } = error;
  const text = say(asFragment(message));
  return new CommandError(code, text, EXIT_OF_BROKER[code], { ...details, ...facts }, { cause: error });
}

/** A sentence as the end of a line that begins with `respool:`; a name at its start stays as it is. */
function asFragment(sentence: string): string {
  const plainWord = /^[A-Z](?:[a-z]+)?\s/.test(sentence);
  const start = plainWord ? sentence.charAt(0).toLowerCase() : sentence.charAt(0);
  return `${start}${sentence.slice(1).replace(/\.$/, '')}`;
}

const EXIT_OF_BROKER: Readonly<Record<RespoolErrorCode, ExitCode>> = Object.freeze({
  INVALID_ARGUMENT: EXIT.refused,
  INVALID_TOPIC_NAME: EXIT.refused,
  INVALID_BATCH: EXIT.refused,
  RECORD_TOO_LARGE: EXIT.refused,
  TOPIC_NOT_FOUND: EXIT.notFound,
  PARTITION_NOT_FOUND: EXIT.notFound,
  TOPIC_EXISTS: EXIT.refused,
  OFFSET_OUT_OF_RANGE: EXIT.refused,
  UNEXPECTED_OFFSET: EXIT.refused,
  OUT_OF_ORDER_SEQUENCE: EXIT.refused,
  PRODUCER_FENCED: EXIT.refused,
  UNKNOWN_PRODUCER: EXIT.refused,
  CORRUPT_BATCH: EXIT.failed,
  APPEND_QUEUE_FULL: EXIT.unavailable,
  DISK_FULL: EXIT.unavailable,
  TOO_MANY: EXIT.unavailable,
  PARTITION_OFFLINE: EXIT.unavailable,
  SHUTTING_DOWN: EXIT.unavailable,
  INTERNAL: EXIT.failed,
  INVALID_GROUP_NAME: EXIT.refused,
  GROUP_NOT_FOUND: EXIT.notFound,
  GROUP_NOT_EMPTY: EXIT.refused,
  SNAPSHOT_NOT_FOUND: EXIT.notFound,
  SNAPSHOT_EXISTS: EXIT.refused,
  MEMBER_EXPELLED: EXIT.unavailable,
  STALE_GENERATION: EXIT.refused,
  PARTITION_NOT_OWNED: EXIT.refused,
  INSTANCE_FENCED: EXIT.refused,
  NO_COMMITTED_OFFSET: EXIT.refused,
  UNAVAILABLE: EXIT.unavailable,
  DEADLINE_EXCEEDED: EXIT.unavailable,
  DELIVERY_TIMEOUT: EXIT.unavailable,
  BUFFER_FULL: EXIT.failed,
  CLOSED: EXIT.failed,
  CANCELLED: EXIT.failed,
  UNAUTHENTICATED: EXIT.refused,
  PERMISSION_DENIED: EXIT.refused,
  UNIMPLEMENTED: EXIT.refused,
  UNKNOWN: EXIT.failed,
});
