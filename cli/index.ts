/** The `respool` command. {@link main} is the door; `respool.cts` is the file that npm puts on the path. */
import { CommanderError } from 'commander';
import { EXIT } from './exit-code.js';
import { toFailure } from './failure.js';
import { OutputClosed } from './output.js';
import { buildProgram } from './program.js';
import { Terminal } from './terminal.js';

/** Runs one command to its end, and ends the process with its exit code. `args` are those behind the command's own name. */
export async function main(args: readonly string[]): Promise<never> {
  const terminal = new Terminal(process.env);
  process.exit(await run(terminal, args));
}

async function run(terminal: Terminal, args: readonly string[]): Promise<number> {
  let exitCode: number = EXIT.ok;
  try {
    const wanted = args.length > 0 ? args : ['--help'];
    const program = await buildProgram(
      terminal,
      (code) => {
        exitCode = code;
      },
      wanted,
    );
    await program.parseAsync([...wanted], { from: 'user' });
    await terminal.out.flush();
    return exitCode;
  } catch (error) {
    return endWith(terminal, args, error);
  }
}

/** What is on its way to standard output still goes out; then the error is told, on one line. */
async function endWith(terminal: Terminal, args: readonly string[], error: unknown): Promise<number> {
  try {
    await terminal.out.flush();
  } catch (flushError) {
    if (!(error instanceof OutputClosed) && !(flushError instanceof OutputClosed))
      return report(terminal, args, flushError);
  }
  // Nobody reads any more, as behind `| head`: they have what they wanted.
  if (error instanceof OutputClosed) return EXIT.ok;
  // Help and version were printed.
  if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok;
  return report(terminal, args, error);
}

function report(terminal: Terminal, args: readonly string[], error: unknown): number {
  const { code, message, details, exitCode } = toFailure(error);
  // Looked up by hand: the arguments may be what is wrong.
  const json = args.slice(0, args.includes('--') ? args.indexOf('--') : undefined).includes('--json');
  if (json) terminal.noteJson({ error: { code, message, details, exitCode } });
  else terminal.note(`respool: ${message}`);
  return exitCode;
}
