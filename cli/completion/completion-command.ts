import { Argument, Command } from 'commander';
import { bashCompletion } from './bash.js';
import { completionNodes } from './command-tree.js';
import { zshCompletion } from './zsh.js';

const SHELLS = { bash: bashCompletion, zsh: zshCompletion } as const;

import type { CommandContext } from '../command-context.js';

/** `respool completion bash|zsh`; describes `program` as it is when the command runs, itself included. */
export function completionCommand({ terminal, wholeProgram }: CommandContext): Command {
  return new Command('completion')
    .summary('print completions for bash or zsh')
    .description(
      'Prints a script that completes commands and flags. Put this into ~/.bashrc or ~/.zshrc:\n\n' +
        '  source <(respool completion bash)\n  source <(respool completion zsh)',
    )
    .addArgument(new Argument('<shell>', 'which shell').choices(Object.keys(SHELLS)))
    .action(async (shell: keyof typeof SHELLS) => {
      await terminal.out.write(SHELLS[shell]('respool', completionNodes(await wholeProgram())));
    });
}
