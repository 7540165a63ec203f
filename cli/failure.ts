/** From any error to what the user sees: one line, a code for programs, an exit code. */
import { CommanderError } from 'commander';
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
  if (isSystemError(error)) {
    const exitCode = error.code === 'ENOENT' ? EXIT.notFound : EXIT.io;
    return { code: error.code, message: systemMessage(error), details: { path: error.path }, exitCode };
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { code: 'FAULT', message: `a fault in respool: ${stack}`, details: {}, exitCode: EXIT.failed };
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
