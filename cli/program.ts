/** The tree of commands. */
import { readFileSync } from 'node:fs';
import { Command, type CommanderError } from 'commander';
import { completionCommand } from './completion/completion-command.js';
import { consumeCommand } from './consume/consume-command.js';
import { usageError } from './failure.js';
import { inspectCommand } from './inspect/inspect-command.js';
import { verifyCommand } from './inspect/verify-command.js';
import { produceCommand } from './produce/produce-command.js';
import { serveCommand } from './serve/serve-command.js';
import type { Terminal } from './terminal.js';
import { topicCommand } from './topic/topic-command.js';

/** For a command that succeeds in telling that something is not well. */
export type SetExitCode = (code: number) => void;

export function buildProgram(terminal: Terminal, setExitCode: SetExitCode): Command {
  const program = new Command('respool')
    .description('A durable, Kafka-style append-only log over gRPC, built for replay.')
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show this help')
    .helpCommand('help [command]', 'show the help of a command')
    .addHelpText('after', FIRST_STEPS);
  const commands = [
    serveCommand(terminal),
    topicCommand(terminal),
    produceCommand(terminal, setExitCode),
    consumeCommand(terminal),
    inspectCommand(terminal, setExitCode),
    verifyCommand(terminal, setExitCode),
    completionCommand(terminal, program),
  ];
  for (const command of commands) program.addCommand(command);
  settle(program, terminal, 'respool');
  return program;
}

const FIRST_STEPS = `
First steps:
  respool serve                        a broker on localhost:7654, its records in ./data
  respool topic create hello           in another terminal
  echo world | respool produce hello
  respool consume hello

Exit codes: 0 done, 1 failed or damage found, 2 wrong usage, 3 refused, 4 not found,
            5 broker unavailable, 6 data directory in use, 7 file or address error`;

/** Settings that commander does not hand down to commands that are made by themselves. */
function settle(command: Command, terminal: Terminal, path: string): void {
  command
    .helpOption('-h, --help', 'show this help')
    .showSuggestionAfterError(true)
    .allowExcessArguments(false)
    .configureHelp({ sortSubcommands: false, showGlobalOptions: false })
    .configureOutput({
      writeOut: (text) => void terminal.out.write(text),
      // Errors are told once, by main.
      writeErr: () => {},
    })
    .exitOverride((error) => {
      throw error.exitCode === 0 ? error : withPath(error, path);
    });
  for (const child of command.commands) settle(child, terminal, `${path} ${child.name()}`);
}

/** "unknown option '--form' (did you mean --from?); see respool consume --help" */
function withPath(error: CommanderError, path: string): Error {
  if (error.code === 'commander.help') return usageError(`${path}: name a command; see ${path} --help`);
  const message = error.message.replace(/^error: /, '').replace('\n(Did you', ' (did you');
  return usageError(`${message}; see ${path} --help`);
}

function packageVersion(): string {
  // The same from the sources and from dist/: the first package.json upwards.
  for (let folder = new URL('../', import.meta.url); ; folder = new URL('../', folder)) {
    try {
      const manifest = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8'));
      return manifest.version;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || folder.pathname === '/') throw error;
    }
  }
}
