/** What a shell needs to know of every command, read from the commands themselves, so that completions cannot drift. Pure. */
import type { Command, Option } from 'commander';

export interface CompletionNode {
  /** The words that lead here, `respool` itself left out: `['topic', 'create']`. */
  path: readonly string[];
  subcommands: readonly { name: string; description: string }[];
  options: readonly CompletionOption[];
}

export interface CompletionOption {
  /** `--partition`, and `-p` if there is one. */
  flags: readonly string[];
  description: string;
  /** What may follow: nothing, one of a few words, a file, or anything. */
  value: { kind: 'none' } | { kind: 'words'; words: readonly string[] } | { kind: 'file' } | { kind: 'any' };
}

/** The program and all commands below it, parents first. */
export function completionNodes(program: Command, path: readonly string[] = []): CompletionNode[] {
  const help = program.createHelp();
  const commands = help.visibleCommands(program).filter((command) => command.name() !== 'help');
  const node: CompletionNode = {
    path,
    subcommands: commands.map((command) => ({ name: command.name(), description: command.summary() })),
    options: help.visibleOptions(program).map(completionOption),
  };
  return [node, ...commands.flatMap((command) => completionNodes(command, [...path, command.name()]))];
}

function completionOption(option: Option): CompletionOption {
  const flags = [option.long, option.short].filter((flag) => flag != null);
  return { flags, description: option.description, value: completionValue(option) };
}

function completionValue(option: Option): CompletionOption['value'] {
  if (!option.required && !option.optional) return { kind: 'none' };
  if (option.argChoices) return { kind: 'words', words: option.argChoices };
  return { kind: /<(file|directory|path)>/.test(option.flags) ? 'file' : 'any' };
}
