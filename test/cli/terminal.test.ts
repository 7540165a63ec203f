/** What people see: the same commands on a terminal, which `script` makes. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasCommands, requireOrSkip } from '../fixtures/requirement.js';
import { COMMAND, ended, lineOf, TestBroker } from './command.js';

/** Starts a shell command line that begins with `respool` on a terminal of its own. */
function onTerminal(line: string, env: Record<string, string> = {}) {
  const command = line.replace(/^respool/, `exec "${process.execPath}" "${COMMAND}"`);
  return spawn('script', ['-qefc', command, '/dev/null'], {
    env: { PATH: process.env['PATH'] ?? '', TERM: 'xterm', ...env },
  });
}

/** The escape character as `<ESC>`, and lines as programs end them. */
function readable(output: string): string {
  return output.replaceAll('\r\n', '\n').replaceAll('\u001b', '<ESC>');
}

const needed = requireOrSkip('output on a terminal', () => hasCommands('script'), 'needs script (bsdutils)');

describe.runIf(needed)('on a terminal', () => {
  let broker: TestBroker;
  let env: Record<string, string>;
  beforeAll(async () => {
    broker = await TestBroker.start();
    env = { RESPOOL_SERVER: broker.server };
    await broker.client.admin.createTopic('t');
  });
  afterAll(() => broker[Symbol.asyncDispose]());

  const shown = async (line: string, more: Record<string, string> = {}) => {
    const child = onTerminal(line, { ...env, ...more });
    child.stdin.end();
    return readable((await ended(child)).stdout.toString());
  };

  test('tables have bold titles and a line below, without colour if NO_COLOR says so', async () => {
    expect(await shown('respool topic list')).toMatch(
      /^<ESC>\[1mTOPIC<ESC>\[22m .*\n─+\nt +1 +0 +0 B +delete\n$/,
    );
    expect(await shown('respool topic list', { NO_COLOR: '1' })).toMatch(/^TOPIC .*\n─+\n/);
  });

  test('a record that was an unterminated line ends its line all the same', async () => {
    await broker.ok(['produce', 't'], 'a\nb');
    expect(await shown('respool consume t')).toBe('a\nb\n');
    expect((await broker.run(['consume', 't'])).stdout.toString()).toBe('a\nb');
  });

  test('produce shows how far it is, and takes the line away at the end', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'respool-terminal-'));
    await writeFile(join(folder, 'input'), 'a line of the input\n'.repeat(1_000_000));
    await broker.client.admin.createTopic('much');
    const output = await shown(`respool produce much ${join(folder, 'input')}`);
    await rm(folder, { recursive: true });
    expect(output).toMatch(/\d+% {2}[\d,]+ records, [\d.]+ MiB, [\d,]+ records\/s, [\d.]+ \w+\/s/);
    expect(output).toMatch(/<ESC>\[\d*Kstored 1,000,000 records \(.* MiB\) in much in .*\n$/);
    expect(await shown('respool produce much --quiet < /dev/null')).toBe('');
  });

  test('serve greets with one line, and explains Ctrl-C', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'respool-terminal-'));
    const child = onTerminal(`respool serve --data-dir ${folder} --listen 127.0.0.1:0 --http off`);
    const end = ended(child);
    const greeting = await lineOf(child.stdout, () => true);
    expect(greeting).toMatch(
      /^respool is listening on (127\.0\.0\.1:\d+), data in \S+ — try: respool topic create hello --server \1\r$/,
    );
    child.stdin.write('\u0003');
    const { code, stdout } = await end;
    await rm(folder, { recursive: true });
    expect(stdout.toString().replaceAll('\r', '')).toBe(
      `${greeting.replace('\r', '')}\n^C\nletting calls end; once more to end at once\n`,
    );
    expect(code).toBe(0);
  });
});
