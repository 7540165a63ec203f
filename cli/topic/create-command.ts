import { Command } from 'commander';
import { RespoolError, type TopicDescription } from '../../sdk/index.js';
import { addClientFlags, type ClientFlags, withClient } from '../client-session.js';
import { plural } from '../plural.js';
import type { Terminal } from '../terminal.js';
import { wholeNumber } from '../whole-number.js';
import { givenSettings, settingOptions } from './settings.js';

interface Flags extends ClientFlags {
  partitions?: number;
  ifNotExists?: boolean;
}

export function createCommand(terminal: Terminal): Command {
  const command = new Command('create')
    .summary('create a topic')
    .description('Creates a topic. What is not set is as the broker’s defaults say.')
    .argument('<topic>', '1 to 249 of A-Z a-z 0-9 . _ -')
    .option('-p, --partitions <number>', 'how many partitions', wholeNumber('--partitions', 1))
    .option('--if-not-exists', 'succeed if there is a topic of that name, and leave it as it is')
    .optionsGroup('Settings:');
  for (const option of settingOptions()) command.addOption(option);
  return addClientFlags(command).action(async (topic: string, flags: Flags) => {
    const { created, description } = await withClient(terminal, flags, async (client) => {
      try {
        const spec = { partitions: flags.partitions, config: givenSettings({ ...flags }) };
        return { created: true, description: await client.admin.createTopic(topic, spec) };
      } catch (error) {
        const exists = error instanceof RespoolError && error.code === 'TOPIC_EXISTS';
        if (!exists || !flags.ifNotExists) throw error;
        const [found] = await client.admin.describeTopics([topic]);
        return { created: false, description: found! };
      }
    });
    if (flags.json) await terminal.printJson({ created, ...description });
    else await terminal.print(`${created ? 'created' : 'there is already a'} topic ${summary(description)}`);
  });
}

function summary({ topic, partitions }: TopicDescription): string {
  return `${topic} with ${plural(partitions.length, 'partition')}`;
}
