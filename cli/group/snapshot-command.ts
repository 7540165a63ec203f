import { Command } from 'commander';
import type { GroupSnapshot } from '../../sdk/index.js';
import { addClientFlags, type ClientFlags, withClient } from '../client-session.js';
import { plural } from '../plural.js';
import type { Column } from '../table.js';
import type { Terminal } from '../terminal.js';

/** `respool group snapshot …` */
export function snapshotCommand(terminal: Terminal): Command {
  return new Command('snapshot')
    .summary('keep a group’s position under a name: create, list, show or delete')
    .description(
      'Keeps where a group has got to under a name, to return to with "respool group reset GROUP --to-snapshot NAME".',
    )
    .addCommand(createCommand(terminal))
    .addCommand(listCommand(terminal))
    .addCommand(showCommand(terminal))
    .addCommand(deleteCommand(terminal));
}

function createCommand(terminal: Terminal): Command {
  const command = new Command('create')
    .summary('keep where a group is now')
    .description('Keeps the committed offsets of a group as they are now.')
    .argument('<group>', 'which group')
    .argument('<name>', '1 to 249 of A-Z a-z 0-9 . _ -')
    .option('--pin-retention', 'keep the records from there on until the snapshot is deleted');
  return addClientFlags(command).action(
    async (group: string, name: string, flags: ClientFlags & { pinRetention?: boolean }) => {
      const { pinRetention } = flags;
      const snapshot = await withClient(terminal, flags, (client) =>
        client.groups.createSnapshot(group, name, { pinRetention }),
      );
      if (flags.json) await terminal.printJson(snapshot);
      else await terminal.print(`created ${heading(snapshot)}`);
    },
  );
}

function listCommand(terminal: Terminal): Command {
  const command = new Command('list')
    .alias('ls')
    .summary('list the snapshots of a group')
    .description('Lists the snapshots of a group, the oldest first. With --json one snapshot a line.')
    .argument('<group>', 'which group');
  return addClientFlags(command).action(async (group: string, flags: ClientFlags) => {
    const snapshots = await withClient(terminal, flags, (client) => client.groups.listSnapshots(group));
    if (flags.json) {
      for (const { offsets: _, ...snapshot } of snapshots) await terminal.printJson(snapshot);
    } else if (snapshots.length === 0) {
      terminal.note(`group ${group} has no snapshots; try: respool group snapshot create ${group} NAME`);
    } else {
      await terminal.printTable(LIST_COLUMNS, snapshots.map(listRow));
    }
  });
}

function showCommand(terminal: Terminal): Command {
  const command = new Command('show')
    .summary('show the offsets of a snapshot')
    .description('Shows the offsets that a snapshot holds.')
    .argument('<group>', 'which group')
    .argument('<name>', 'which snapshot');
  return addClientFlags(command).action(async (group: string, name: string, flags: ClientFlags) => {
    const snapshot = await withClient(terminal, flags, (client) =>
      client.groups.describeSnapshot(group, name),
    );
    if (flags.json) return terminal.printJson(snapshot);
    await terminal.print(`${heading(snapshot)}\n`);
    await terminal.printTable(
      OFFSET_COLUMNS,
      snapshot.offsets.map(({ topic, partition, offset }) => [topic, String(partition), String(offset)]),
    );
  });
}

function deleteCommand(terminal: Terminal): Command {
  const command = new Command('delete')
    .summary('forget a snapshot, and let go of what it pinned')
    .description('Forgets a snapshot, and lets go of the records that it pinned. The group stays as it is.')
    .argument('<group>', 'which group')
    .argument('<name>', 'which snapshot');
  return addClientFlags(command).action(async (group: string, name: string, flags: ClientFlags) => {
    await withClient(terminal, flags, (client) => client.groups.deleteSnapshot(group, name));
    if (flags.json) await terminal.printJson({ deleted: true, group, name });
    else await terminal.print(`deleted snapshot ${name} of group ${group}`);
  });
}

const LIST_COLUMNS: readonly Column[] = [
  { title: 'SNAPSHOT', shrinks: true },
  { title: 'CREATED' },
  { title: 'PARTITIONS', align: 'right' },
  { title: 'PINS RETENTION' },
];

const OFFSET_COLUMNS: readonly Column[] = [
  { title: 'TOPIC', shrinks: true },
  { title: 'PARTITION', align: 'right' },
  { title: 'OFFSET', align: 'right' },
];

function listRow({ name, createdMs, partitions, pinsRetention }: GroupSnapshot): string[] {
  return [name, new Date(createdMs).toISOString(), String(partitions), pinsRetention ? 'yes' : 'no'];
}

function heading({ group, name, createdMs, partitions, pinsRetention }: GroupSnapshot): string {
  const pins = pinsRetention ? ', pins retention' : '';
  const created = new Date(createdMs).toISOString();
  return `snapshot ${name} of group ${group}, ${plural(partitions, 'partition')}, ${created}${pins}`;
}
