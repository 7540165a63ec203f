import { Command } from 'commander';
import { addClientFlags, type ClientFlags, withClient } from '../client-session.js';
import { usageError } from '../failure.js';
import type { Terminal } from '../terminal.js';
import { wholeNumber } from '../whole-number.js';
import { printTopic } from './describe-command.js';
import {
  findSetting,
  givenSettings,
  SETTING_NAMES,
  type SettingName,
  settingFlag,
  settingOptions,
} from './settings.js';

interface Flags extends ClientFlags {
  partitions?: number;
  reset?: SettingName[];
}

export function alterCommand(terminal: Terminal): Command {
  const command = new Command('alter')
    .summary('add partitions to a topic, or change its settings')
    .description('Adds partitions to a topic, or changes its settings, at once.')
    .argument('<topic>', 'which topic')
    .option(
      '-p, --partitions <number>',
      'the new number, not less than now; keys may move',
      wholeNumber('--partitions', 1),
    )
    .option('--reset <setting>', 'return a setting to the broker’s default; may be repeated', collectSettings)
    .optionsGroup('Settings:');
  for (const option of settingOptions()) command.addOption(option);
  return addClientFlags(command).action(async (topic: string, flags: Flags) => {
    const config = givenSettings({ ...flags });
    const { partitions, reset = [] } = flags;
    const both = reset.find((name) => name in config);
    if (both)
      throw usageError(`--reset ${settingFlag(both)} and --${settingFlag(both)} contradict each other`);
    if (partitions === undefined && reset.length === 0 && Object.keys(config).length === 0) {
      throw usageError('there is nothing to change; name --partitions, a setting or --reset');
    }
    const changed = await withClient(terminal, flags, (client) =>
      client.admin.alterTopic(topic, { partitions, config, reset }),
    );
    if (flags.json) await terminal.printJson(changed);
    else await printTopic(terminal, changed, false);
  });
}

function collectSettings(text: string, before: SettingName[] = []): SettingName[] {
  const name = findSetting(text);
  if (name) return [...before, name];
  const names = SETTING_NAMES.map(settingFlag).join(', ');
  throw usageError(`--reset is ${JSON.stringify(text)}; it must be one of ${names}`);
}
