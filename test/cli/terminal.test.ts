/** What people see: the same commands on a terminal, which `script` makes. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
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

/** Resolves with what a stream says until that matches. */
function blocks(stream: Readable, matches: RegExp): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    stream.on('data', (chunk: Buffer) => {
      text += String(chunk);
      if (matches.test(text)) resolve(text);
    });
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

  test('group describe --watch draws over itself every second until Ctrl-C, and is never wider than the terminal', async () => {
    await broker.client.groups.commitOffsets('watched', [{ topic: 't', partition: 0, offset: 0 }]);
    const child = onTerminal('respool group describe watched --watch', env);
    const end = ended(child);
    let output = '';
    const framesAre = (count: number) =>
      new Promise<void>((resolve) => {
        const read = (chunk?: Buffer) => {
          output += chunk === undefined ? '' : String(chunk);
          if (output.split('group watched, empty').length <= count) return;
          child.stdout.off('data', read);
          resolve();
        };
        child.stdout.on('data', read);
        read();
      });
    await framesAre(1);
    await broker.client.append({ topic: 't', records: [{ value: 'one' }, { value: 'two' }] });
    await framesAre(3);
    child.stdin.write('\u0003');
    // The shell that script runs says that a signal ended it.
    expect((await end).code).toBe(130);
    const frames = readable(output).split('<ESC>[?7l').slice(1);
    expect(frames[0]).toMatch(/^\rgroup watched, empty/);
    const lines = frames[0]!.split('\n').length - 1;
    for (const frame of frames.slice(1)) {
      expect(frame.startsWith(`<ESC>[${lines}A\rgroup watched, empty`)).toBe(true);
    }
    for (const frame of frames.slice(0, -1)) expect(frame).toMatch(/<ESC>\[K\n<ESC>\[J<ESC>\[\?7h$/);
    const lag = (frame: string) => Number(/^t +0 +0 +(\d+) /m.exec(frame)?.[1]);
    expect(lag(frames[2]!)).toBe(lag(frames[0]!) + 2);
  });

  test('group describe --watch elsewhere prints a block or a line each time', async () => {
    const plain = broker.start(['group', 'describe', 'watched', '--watch']);
    const json = broker.start(['group', 'describe', 'watched', '--watch', '--json']);
    const [text] = await Promise.all([
      blocks(plain.stdout, /group watched[\s\S]*\n\ngroup watched/),
      blocks(json.stdout, /^\{"group":"watched".*\}\n\{"group":"watched".*\}\n/),
    ]);
    expect(text).not.toContain('\u001b');
    plain.kill('SIGINT');
    json.kill('SIGINT');
  });

  test('tables are not wider than the terminal', async () => {
    const topic = 'a-topic-with-a-name-that-is-much-too-long-for-any-terminal-of-eighty-columns-or-so';
    await broker.client.admin.createTopic(topic);
    await broker.client.groups.commitOffsets('wide', [{ topic, partition: 0, offset: 0 }]);
    for (const command of ['group describe wide', 'group reset wide --to-latest']) {
      const output = await shown(`sh -c "stty columns 70; exec \\$RESPOOL ${command}"`, {
        RESPOOL: `${process.execPath} ${COMMAND}`,
        NO_COLOR: '1',
      });
      expect(output).toMatch(/^(wide +)?a-topic\S*… /m);
      expect(Math.max(...output.split('\n').map((line) => line.length)), command).toBeLessThanOrEqual(70);
    }
  });

  test('replay shows how far it is and how long it still takes, and takes the line away', async () => {
    await broker.client.admin.createTopic('source');
    await broker.client.admin.createTopic('target');
    const records = Array.from({ length: 1000 }, (_, number) => ({ value: `${number}` }));
    await broker.client.append({ topic: 'source', records });
    const output = await shown('respool replay source --to target --rate 800/s --execute');
    expect(output).toMatch(/\d+% {2}[\d,]+ of 1,000 records, \d+s left/);
    expect(output).toMatch(/<ESC>\[\d*Kcopied 1,000 records of source into target in .*\n$/);
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
