import type { Command } from 'commander';
import type { Terminal } from './terminal.js';

/** For a command that succeeds in telling that something is not well. */
export type SetExitCode = (code: number) => void;

/** What a command is made with. */
export interface CommandContext {
  terminal: Terminal;
  setExitCode: SetExitCode;
  /** The program with all of its commands. */
  wholeProgram(): Promise<Command>;
}
