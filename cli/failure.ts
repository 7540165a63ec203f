/** From any error to what the user sees: one line, a code for programs, an exit code. */
import { CommanderError } from 'commander';
import { RespoolError, type RespoolErrorCode } from '../sdk/index.js';
import { InspectionError, StoreError, type StoreErrorCode } from '../segment-store/index.js';
import { ConfigError } from '../server/index.js';
import { EXIT, type ExitCode } from './exit-code.js';

/** What is printed and returned. `message` is one line without a final full stop. */
export interface Failure {
  code: string;
  message: string;
  details: Readonly<Record<string, unknown>>;
  exitCode: number;
}

/** A failure that the command line itself decides on. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  constructor(
    readonly code: string,
    message: string,
    readonly exitCode: ExitCode,
    readonly details: Readonly<Record<string, unknown>> = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** A wrong flag or argument. */
export function usageError(message: string): CommandError {
  return new CommandError('USAGE', message, EXIT.usage);
}

export function toFailure(error: unknown): Failure {
  if (error instanceof CommandError) {
    return {
      code: error.code,
      message: oneLine(error.message),
      details: error.details,
      exitCode: error.exitCode,
    };
  }
  if (error instanceof CommanderError) {
    return { code: 'USAGE', message: commanderMessage(error), details: {}, exitCode: EXIT.usage };
  }
  if (error instanceof RespoolError) {
    const { code, details, message } = error;
    return { code, message: oneLine(message), details, exitCode: EXIT_OF_BROKER[code] };
  }
  if (error instanceof StoreError) {
    const { code, details, message } = error;
    return { code, message: oneLine(message), details: { ...details }, exitCode: exitOfStore(code) };
  }
  if (error instanceof ConfigError) {
    const { option, origin, message } = error;
    return { code: 'CONFIG', message: oneLine(message), details: { option, origin }, exitCode: EXIT.usage };
  }
  if (error instanceof InspectionError) {
    const { code, message, path } = error;
    const exitCode = code === 'PATH_NOT_FOUND' ? EXIT.notFound : EXIT.usage;
    return { code, message: oneLine(message), details: { path }, exitCode };
  }
  if (isSystemError(error)) {
    const exitCode = error.code === 'ENOENT' ? EXIT.notFound : EXIT.io;
    return { code: error.code, message: systemMessage(error), details: { path: error.path }, exitCode };
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { code: 'FAULT', message: `a fault in respool: ${stack}`, details: {}, exitCode: EXIT.failed };
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

function exitOfStore(code: StoreErrorCode): ExitCode {
  if (code === 'DATA_DIRECTORY_LOCKED') return EXIT.locked;
  if (code === 'INVALID_ARGUMENT') return EXIT.usage;
  return code === 'UNSUPPORTED_FORMAT' ? EXIT.refused : EXIT.failed;
}

/** "error: unknown option '--form'\n(Did you mean --from?)" → "unknown option '--form' (did you mean --from?)" */
function commanderMessage(error: CommanderError): string {
  return oneLine(error.message)
    .replace(/^error: /, '')
    .replace('(Did you', '(did you');
}

function oneLine(text: string): string {
  return text
    .trim()
    .replace(/\s*\n\s*/g, ' ')
    .replace(/\.$/, '');
}

interface SystemError extends NodeJS.ErrnoException {
  code: string;
  address?: string;
  port?: number;
}

function isSystemError(error: unknown): error is SystemError {
  return error instanceof Error && 'syscall' in error && typeof (error as SystemError).code === 'string';
}

const SAID: Readonly<Record<string, string>> = Object.freeze({
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EISDIR: 'it is a directory',
  ENOTDIR: 'a part of the path is not a directory',
  ENOSPC: 'the disk is full',
  EROFS: 'the disk is read-only',
  EMFILE: 'too many open files',
  EADDRINUSE: 'another program listens there',
  EADDRNOTAVAIL: 'this machine has no such address',
});

function systemMessage(error: SystemError): string {
  const said = SAID[error.code];
  return said === undefined ? oneLine(error.message) : `${subjectOf(error)}: ${said}`;
}

function subjectOf({ path, address, port, syscall }: SystemError): string {
  if (path !== undefined) return path;
  return address === undefined ? String(syscall) : `${address}:${port}`;
}
