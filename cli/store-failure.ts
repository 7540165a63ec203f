/** What the files of a data directory, or their state, do not allow, as a failure of the command. */
import { InspectionError, StoreError } from '../segment-store/index.js';
import { EXIT, type ExitCode } from './exit-code.js';
import { CommandError } from './failure.js';

/** Errors of other kinds come back as they are. */
export function storeFailure(error: unknown): unknown {
  if (error instanceof StoreError) {
    const { code, message, details } = error;
    return new CommandError(code, message, exitOf(error), { ...details }, { cause: error });
  }
  if (error instanceof InspectionError) {
    const { code, message, path } = error;
    const exitCode = code === 'PATH_NOT_FOUND' ? EXIT.notFound : EXIT.usage;
    return new CommandError(code, message, exitCode, { path }, { cause: error });
  }
  return error;
}

function exitOf({ code }: StoreError): ExitCode {
  if (code === 'DATA_DIRECTORY_LOCKED') return EXIT.locked;
  if (code === 'INVALID_ARGUMENT') return EXIT.usage;
  return code === 'UNSUPPORTED_FORMAT' ? EXIT.refused : EXIT.failed;
}
