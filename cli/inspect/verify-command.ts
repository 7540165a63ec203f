import { Command } from 'commander';
import { type InspectionItem, verifyDataDirectory } from '../../segment-store/index.js';
import type { CommandContext } from '../command-context.js';
import { EXIT } from '../exit-code.js';
import { addJsonFlag } from '../json-flag.js';
import { StatusLine } from '../status-line.js';
import { InspectionTotal } from './inspection-total.js';
import { printItem, told } from './item-output.js';

interface Flags {
  dataDir: string;
  json?: boolean;
}

/** `respool verify`: everything in a data directory, down to each record; the exit code tells. */
export function verifyCommand({ terminal, setExitCode }: CommandContext): Command {
  const command = new Command('verify')
    .summary('check a whole data directory, offline')
    .description(
      'Checks every batch and every record of a data directory, the indexes and all other files, and repairs nothing. ' +
        'No broker can use the directory meanwhile. Ends with 0 if all is sound, with 1 if there is damage.',
    )
    .requiredOption('--data-dir <directory>', 'what to check');
  return addJsonFlag(command).action(async ({ dataDir, json }: Flags) => {
    const total = new InspectionTotal();
    const status = new StatusLine(
      terminal,
      terminal.out.isTerminal && json === true,
      () => `checking: ${total.looked}`,
    );
    try {
      const options = { batches: false, records: false, checkRecords: true };
      for await (const item of told(verifyDataDirectory(dataDir, options))) {
        total.add(item);
        if (isTold(item)) await printItem(terminal, item, json);
      }
    } finally {
      status.end();
    }
    if (json) await terminal.printJson(total);
    else await terminal.print(String(total));
    if (!total.sound) setExitCode(EXIT.failed);
  });
}

/** Segments are too many to be of interest; what is wrong with one is a finding. */
function isTold({ item }: InspectionItem): boolean {
  return item === 'finding' || item === 'partition';
}
