import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { hasCommands, requireOrSkip } from '../fixtures/requirement.js';
import { run } from './command.js';

const execute = promisify(execFile);

/** What bash would offer behind these words; the last is the one being typed. */
async function bashOffers(script: string, words: readonly string[]): Promise<string[]> {
  const ask = `${script}
COMP_WORDS=("$@"); COMP_CWORD=$(( $# - 1 )); _respool_completion; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = await execute('bash', ['--norc', '-eu', '-c', ask, 'bash', 'respool', ...words]);
  return stdout.split('\n').filter((line) => line !== '');
}

/** The same of zsh, with the functions of its completion system replaced by ones that print what they are given. */
async function zshOffers(script: string, words: readonly string[]): Promise<string[]> {
  const ask = `compdef() { :; }
_describe() { local name=$@[-1]; print -l -- \${(P)name} }
_files() { print -- FILES }
_message() { print -- MESSAGE }
compadd() { shift; print -l -- "$@" }
${script}
words=("$@"); CURRENT=$#; _respool`;
  const { stdout } = await execute('zsh', ['-f', '-c', ask, 'zsh', 'respool', ...words]);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(':')[0]!);
}

const COMMANDS = [
  'serve',
  'topic',
  'produce',
  'consume',
  'group',
  'replay',
  'inspect',
  'verify',
  'completion',
];
const TOPIC_COMMANDS = ['create', 'list', 'describe', 'alter', 'delete', 'truncate'];

describe('completions for bash', () => {
  let script: string;
  beforeAll(async () => {
    script = (await run(['completion', 'bash'])).stdout.toString();
  });

  test('commands, and their commands', async () => {
    expect(await bashOffers(script, [''])).toEqual(COMMANDS);
    expect(await bashOffers(script, ['co'])).toEqual(['consume', 'completion']);
    expect(await bashOffers(script, ['topic', ''])).toEqual(TOPIC_COMMANDS);
    expect(await bashOffers(script, ['topic', 'create', ''])).toEqual([]);
  });

  test('flags of the command that is being typed', async () => {
    expect(await bashOffers(script, ['consume', 't', '--fo'])).toEqual(['--follow', '--format']);
    expect(await bashOffers(script, ['serve', '--data'])).toEqual(['--data-dir']);
    expect(await bashOffers(script, ['topic', 'create', '--ret'])).toEqual([
      '--retention-ms',
      '--retention-bytes',
    ]);
  });

  test('values of flags, and file names where anything goes', async () => {
    expect(await bashOffers(script, ['produce', '--compression', ''])).toEqual([
      'none',
      'gzip',
      'snappy',
      'lz4',
      'zstd',
    ]);
    expect(await bashOffers(script, ['produce', '--compression', 'l'])).toEqual(['lz4']);
    expect(await bashOffers(script, ['serve', '--durability', ''])).toEqual(['fsync', 'interval', 'os']);
    expect(await bashOffers(script, ['produce', '--tls-ca', ''])).toEqual([]);
    expect(await bashOffers(script, ['topic', '--server', 'list', '--'])).toEqual(
      await bashOffers(script, ['topic', 'list', '--']),
    );
  });

  test('shellcheck would have nothing to say about how it is sourced: no output, no error', async () => {
    const { stdout, stderr } = await execute('bash', ['--norc', '-euo', 'pipefail', '-c', script]);
    expect({ stdout, stderr }).toEqual({ stdout: '', stderr: '' });
  });
});

describe.runIf(requireOrSkip('completions for zsh', () => hasCommands('zsh'), 'needs zsh'))(
  'completions for zsh',
  () => {
    let script: string;
    beforeAll(async () => {
      script = (await run(['completion', 'zsh'])).stdout.toString();
    });

    test('commands, flags, values and files', async () => {
      expect(await zshOffers(script, [''])).toEqual(COMMANDS);
      expect(await zshOffers(script, ['topic', ''])).toEqual(TOPIC_COMMANDS);
      expect(await zshOffers(script, ['consume', 't', '--'])).toEqual(
        expect.arrayContaining(['--from', '--follow', '-f']),
      );
      expect(await zshOffers(script, ['produce', '--compression', ''])).toEqual([
        'none',
        'gzip',
        'snappy',
        'lz4',
        'zstd',
      ]);
      expect(await zshOffers(script, ['produce', '--tls-ca', ''])).toEqual(['FILES']);
      expect(await zshOffers(script, ['consume', '--key', ''])).toEqual(['MESSAGE']);
      expect(await zshOffers(script, ['inspect', ''])).toEqual(['FILES']);
    });
  },
);
