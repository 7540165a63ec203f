/** From what travels (a trailer, an in-band error, a bare gRPC status) to {@link RespoolError}: all of it, in this file. */
import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { decodeError, ERROR_TRAILER, respool } from '../../proto/index.js';
import {
  type BrokerErrorCode,
  type ClientErrorCode,
  ERROR_CODES,
  RespoolError,
  type RespoolErrorCode,
  type RespoolErrorDetails,
} from './error.js';

const { ErrorCode } = respool.v1;
type WireError = respool.v1.Error.$Properties;

/** Turns whatever a gRPC call failed with into a RespoolError; one that is already is returned as it is. */
export function fromCallError(error: unknown): RespoolError {
  if (error instanceof RespoolError) return error;
  if (!isServiceError(error)) {
    const message = error instanceof Error ? error.message : String(error);
    return new RespoolError('UNKNOWN', message, { cause: error });
  }
  const wire = readTrailer(error.metadata);
  if (wire !== undefined) return fromWireError(wire, error);
  const code = codeOfBareStatus(error);
  return new RespoolError(code, error.details === '' ? status[error.code] : error.details, { cause: error });
}

/** Turns an error that came within an answer, or in the trailer, into a RespoolError. */
export function fromWireError(wire: WireError, cause?: unknown): RespoolError {
  const code = codeName(wire.code ?? 0);
  const message = wire.message ?? '';
  return new RespoolError(code, message === '' ? ERROR_CODES[code].when : message, {
    details: readDetails(wire.details ?? {}),
    cause,
  });
}

/** Which code a status stands for when the answer carries nothing more. OK is none: an error with it is a fault. */
export const CODE_OF_STATUS: Readonly<Record<status, RespoolErrorCode>> = Object.freeze({
  [status.OK]: 'UNKNOWN',
  // Calls that we cancel never come here: this one was reset by the other side, or by something between.
  [status.CANCELLED]: 'UNAVAILABLE',
  [status.UNKNOWN]: 'UNKNOWN',
  [status.INVALID_ARGUMENT]: 'INVALID_ARGUMENT',
  [status.DEADLINE_EXCEEDED]: 'DEADLINE_EXCEEDED',
  [status.NOT_FOUND]: 'UNKNOWN',
  [status.ALREADY_EXISTS]: 'UNKNOWN',
  [status.PERMISSION_DENIED]: 'PERMISSION_DENIED',
  [status.RESOURCE_EXHAUSTED]: 'TOO_MANY',
  [status.FAILED_PRECONDITION]: 'UNKNOWN',
  [status.ABORTED]: 'UNKNOWN',
  [status.OUT_OF_RANGE]: 'UNKNOWN',
  [status.UNIMPLEMENTED]: 'UNIMPLEMENTED',
  [status.INTERNAL]: 'INTERNAL',
  [status.UNAVAILABLE]: 'UNAVAILABLE',
  [status.DATA_LOSS]: 'UNKNOWN',
  [status.UNAUTHENTICATED]: 'UNAUTHENTICATED',
} satisfies Record<status, ClientErrorCode | BrokerErrorCode>);

function isServiceError(error: unknown): error is ServiceError {
  return (
    error instanceof Error &&
    typeof (error as Partial<ServiceError>).code === 'number' &&
    typeof (error as Partial<ServiceError>).details === 'string'
  );
}

/** What grpc-js says of itself, without the broker: the broker's own errors come with a trailer. */
function codeOfBareStatus({ code, details }: ServiceError): RespoolErrorCode {
  // The other side's HTTP/2 has reset the stream.
  if (code === status.INTERNAL && /RST_STREAM|connection/i.test(details)) return 'UNAVAILABLE';
  // A message is over the limit of the side that receives it; there is no sense in sending it again.
  if (code === status.RESOURCE_EXHAUSTED && /larger than/.test(details)) return 'RECORD_TOO_LARGE';
  return CODE_OF_STATUS[code];
}

function readTrailer(metadata: Metadata | undefined): WireError | undefined {
  const bytes = metadata instanceof Metadata ? metadata.get(ERROR_TRAILER)[0] : undefined;
  return Buffer.isBuffer(bytes) ? decodeError(bytes) : undefined;
}

/** A number that this version does not know comes from a newer broker. */
function codeName(code: number): RespoolErrorCode {
  const name: string | undefined = ErrorCode[code];
  return name !== undefined && Object.hasOwn(ERROR_CODES, name) ? (name as BrokerErrorCode) : 'UNKNOWN';
}

/** The details that are numbers on the wire's far side. By name, since a topic may be called `7`. */
const NUMERIC_DETAILS: ReadonlySet<string> = new Set([
  'partition',
  'partitions',
  'offset',
  'startOffset',
  'endOffset',
  'expectedOffset',
  'sequence',
  'expectedSequence',
  'producerId',
  'producerEpoch',
  'currentEpoch',
  'generation',
  'currentGeneration',
  'members',
  'sizeBytes',
  'limitBytes',
  'limit',
]);

function readDetails(details: Readonly<Record<string, string>>): RespoolErrorDetails {
  const read: Record<string, string | number> = {};
  for (const [name, value] of Object.entries(details)) {
    read[name] = NUMERIC_DETAILS.has(name) && /^-?\d{1,16}$/.test(value) ? Number(value) : value;
  }
  return read;
}
