/** The tree of commands. Each is loaded when it is wanted: `topic list` must not wait for all that a broker needs. */
import { readFileSync } from 'node:fs';
import { Command, type CommanderError } from 'commander';
import type { CommandContext, SetExitCode } from './command-context.js';
import { usageError } from './failure.js';
import type { Terminal } from './terminal.js';

/** In the order in which help shows them. */
const COMMANDS: Readonly<Record<string, (context: CommandContext) => Promise<Command>>> = Object.freeze({
  serve: async (context) => (await import('./serve/serve-command.js')).serveCommand(context),
  topic: async (context) => (await import('./topic/topic-command.js')).topicCommand(context),
  produce: async (context) => (await import('./produce/produce-command.js')).produceCommand(context),
  consume: async (context) => (await import('./consume/consume-command.js')).consumeCommand(context),
  group: async (context) => (await import('./group/group-command.js')).groupCommand(context),
  replay: async (context) => (await import('./replay/replay-command.js')).replayCommand(context),
  inspect: async (context) => (await import('./inspect/inspect-command.js')).inspectCommand(context),
  verify: async (context) => (await import('./inspect/verify-command.js')).verifyCommand(context),
  completion: async (context) =>
    (await import('./completion/completion-command.js')).completionCommand(context),
});

/** The program, with the command that `args` begin with, or with all of them. */
export async function buildProgram(
  terminal: Terminal,
  setExitCode: SetExitCode,
  args: readonly string[],
): Promise<Command> {
  const program = new Command('respool')
    .description('A durable, Kafka-style append-only log over gRPC, built for replay.')
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpCommand('help [command]', 'show the help of a command')
    .addHelpText('after', FIRST_STEPS);
  const wholeProgram = () => buildProgram(terminal, setExitCode, []);
  const wanted = wantedCommands(args[0]);
  for (const name of wanted) {
    program.addCommand(await COMMANDS[name]!({ terminal, setExitCode, wholeProgram }));
  }
  settle(program, terminal, 'respool');
  return program;
}

function wantedCommands(first: string | undefined): string[] {
  if (first === '--version' || first === '-V') return [];
  return first !== undefined && Object.hasOwn(COMMANDS, first) ? [first] : Object.keys(COMMANDS);
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
    .configureOutput({
      writeOut: (text) => void terminal.out.write(text),
      // Errors are told once, by main.
      writeErr: () => {},
      getOutHelpWidth: () => terminal.width,
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
      return JSON.parse(readFileSync(new URL('package.json', folder), 'utf8')).version;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || folder.pathname === '/') throw error;
    }
  }
}
