import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { resumeCommand } from '../../../cli/replay/resume-command.js';

test('the command that goes on has all that makes the replay what it is, and a shell reads it as it was meant', () => {
  const command = resumeCommand(
    'orders',
    {
      to: 'copy',
      from: { at: 'time', timestampMs: 1_769_860_800_000 },
      until: { at: 'offset', offset: 42 },
      partition: 3,
      key: "it's a key",
      header: { plain: undefined, 'with space': '$HOME' },
      speed: 0.5,
      skipDamaged: true,
      server: 'broker:7654',
      tlsCa: 'ca.pem',
    },
    'a.name',
  );
  const words = execFileSync('sh', ['-c', `printf '%s\\n' ${command}`], { encoding: 'utf8' });
  expect(words.trimEnd().split('\n')).toEqual([
    ...['respool', 'replay', 'orders', '--to', 'copy', '--from', '@1769860800000', '--until', '42'],
    ...['--partition', '3', '--key', "it's a key", '--header', 'plain', '--header', 'with space=$HOME'],
    ...['--speed', '0.5', '--skip-damaged', '--name', 'a.name', '--execute'],
    ...['--server', 'broker:7654', '--tls-ca', 'ca.pem'],
  ]);
});
