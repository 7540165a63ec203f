import { Command } from 'commander';
import { type InspectionOptions, inspectPath } from '../../segment-store/index.js';
import type { CommandContext } from '../command-context.js';
import { EXIT } from '../exit-code.js';
import { addJsonFlag } from '../json-flag.js';
import { InspectionTotal } from './inspection-total.js';
import { printItem, told } from './item-output.js';

interface Flags {
  batches?: boolean;
  records?: boolean;
  json?: boolean;
}

/** `respool inspect`: looks, without a broker, and changes nothing. */
export function inspectCommand({ terminal, setExitCode }: CommandContext): Command {
  const command = new Command('inspect')
    .summary('look into files of the log, offline')
    .description(
      'Shows what is in files of the log, and where they are damaged, without a broker. ' +
        'Takes a .log, .index, .timeindex, .seal or .snapshot, the folder of a partition, or a data directory. ' +
        'Beside a running broker it may report the batch that is just being written.',
    )
    .argument('<path...>', 'files or directories')
    .option('-b, --batches', 'list every batch (as for a single .log)')
    .option('-r, --records', 'list every record; decompresses');
  return addJsonFlag(command).action(async (paths: string[], flags: Flags) => {
    const total = new InspectionTotal();
    for (const path of paths) {
      for await (const item of told(inspectPath(path, inspectionOptions(path, flags)))) {
        total.add(item);
        await printItem(terminal, item, flags.json);
      }
    }
    if (flags.json) await terminal.printJson(total);
    else await terminal.print(String(total));
    if (!total.sound) setExitCode(EXIT.failed);
  });
}

function inspectionOptions(path: string, { batches, records }: Flags): InspectionOptions {
  const one = path.endsWith('.log');
  return { batches: batches ?? (one || records === true), records: records ?? false, checkRecords: false };
}
