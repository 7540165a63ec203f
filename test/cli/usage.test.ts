import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import { run } from './command.js';

describe('wrong usage', () => {
  test.each([
    [['bogus'], /unknown command 'bogus'/],
    [['prodce', 't'], /unknown command 'prodce' \(did you mean produce\?\)/],
    [['topic'], /respool topic: name a command/],
    [['topic', 'crate', 't'], /unknown command 'crate' \(did you mean create\?\)/],
    [['topic', 'create'], /missing required argument 'topic'/],
    [['topic', 'create', 'a', 'b'], /too many arguments/],
    [
      ['topic', 'create', 'a', '--partitions', '0'],
      /--partitions is "0"; it must be a whole number, 1 or more/,
    ],
    [['topic', 'create', 'a', '--partitions', '1.5'], /--partitions is "1.5"/],
    [
      ['topic', 'create', 'a', '--retention-ms', 'soon'],
      /--retention-ms is "soon"; it must be a duration such as 7d.*unlimited/,
    ],
    [
      ['topic', 'create', 'a', '--segment-bytes', '5 apples'],
      /--segment-bytes is "5 apples"; it must be a size such as 64MiB/,
    ],
    [
      ['topic', 'create', 'a', '--cleanup-policy', 'burn'],
      /'burn' is invalid.*Allowed choices are delete, compact/,
    ],
    [['topic', 'create', 'a', '--retention', '7d'], /unknown option '--retention'/],
    [['topic', 'alter', 'a'], /there is nothing to change/],
    [
      ['topic', 'alter', 'a', '--reset', 'colour'],
      /--reset is "colour"; it must be one of cleanup-policy, retention-ms/,
    ],
    [['topic', 'alter', 'a', '--reset', 'segment-ms', '--segment-ms', '5s'], /contradict each other/],
    [['topic', 'truncate', 'a'], /required option '--before <place>' not specified/],
    [['consume'], /missing required argument 'topic'/],
    [['consume', 't', '--form', 'json'], /unknown option '--form' \(did you mean --from\?\)/],
    [
      ['consume', 't', '--format', 'xml'],
      /'xml' is invalid. Allowed choices are value, key-value, raw, json/,
    ],
    [['consume', 't', '--from', 'yesterday'], /--from is "yesterday": expected earliest, latest, an offset/],
    [['consume', 't', '--until', '2026-02-30'], /--until is "2026-02-30": there is no such day/],
    [['consume', 't', '--max', '0'], /--max is "0"/],
    [['consume', 't', '--header', '=x'], /--header is "=x"; it must be name or name=value/],
    [['produce', 't', '--header', 'x'], /--header is "x"; it must be name=value/],
    [['produce', 't', '--key-by', 'a', '--key-separator', ':'], /contradict each other/],
    [['produce', 't', '/'], /\/ is a directory; name a file/],
    [['produce', 't', '--tls-cert', 'a.pem'], /--tls-cert and --tls-key go together/],
    [['topic', 'list', '--server', 'a b'], /server/],
    [['inspect'], /missing required argument 'path'/],
    [['inspect', '/dev/null'], /is nothing of a log/],
    [['verify'], /required option '--data-dir <directory>' not specified/],
    [['completion', 'fish'], /'fish' is invalid.*Allowed choices are bash, zsh/],
    [['serve', '--listen', 'nowhere'], /^respool: --listen: it is "nowhere"; it must be host:port/],
    [['serve', '--durability', 'perhaps'], /--durability.*"perhaps".*fsync/],
    [['serve', '--max-topics', '-1'], /--max-topics/],
    [['serve', '--dta-dir', 'x'], /unknown option '--dta-dir' \(did you mean --data-dir\?\)/],
    [['serve', '--config', '/does/not/exist.yaml'], /\/does\/not\/exist.yaml/],
  ])('respool %j: one line that says what and why, and 2', async (args, why) => {
    const { code, stdout, stderr } = await run(args);
    expect(stderr).toMatch(/^respool: [^\n]+\n$/);
    expect(stderr).toMatch(why);
    expect(stdout.toString()).toBe('');
    expect(code).toBe(2);
  });

  test('with --json the error is JSON', async () => {
    const { code, stderr } = await run(['consume', 't', '--from', 'yesterday', '--json']);
    expect(JSON.parse(stderr).error).toEqual({
      code: 'USAGE',
      message: expect.stringContaining('yesterday'),
      details: {},
      exitCode: 2,
    });
    expect(code).toBe(2);
  });

  test('a wrong variable is named, too', async () => {
    const { code, stderr } = await run(['serve'], { env: { RESPOOL_MAX_TOPICS: 'many' } });
    expect(stderr).toMatch(/^respool: RESPOOL_MAX_TOPICS: it is "many"; it must be a whole number[^\n]*\n$/);
    expect(code).toBe(2);
  });
});

describe('help', () => {
  test.each([[[]], [['--help']], [['help']]])(
    'respool %j shows all commands and ends with 0',
    async (args) => {
      const { code, stdout, stderr } = await run(args);
      for (const name of ['serve', 'topic', 'produce', 'consume', 'inspect', 'verify', 'completion']) {
        expect(stdout.toString()).toMatch(new RegExp(`^  ${name} `, 'm'));
      }
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    },
  );

  test('every line of help fits a page', async () => {
    for (const args of [
      ['--help'],
      ['serve', '--help'],
      ['topic', 'create', '--help'],
      ['consume', '--help'],
    ]) {
      const lines = (await run(args)).stdout.toString().split('\n');
      expect(Math.max(...lines.map((line) => line.length)), args.join(' ')).toBeLessThanOrEqual(110);
    }
  });

  test('the version is that of the package', async () => {
    expect((await run(['--version'])).stdout.toString()).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('a broker that is not there', () => {
  test('is told in one line, with the address and what to do, and 5', async () => {
    const free = createServer().listen(0, '127.0.0.1');
    await once(free, 'listening');
    const address = free.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    free.close();
    await once(free, 'close');
    const { code, stderr } = await run(['topic', 'list', '--server', `127.0.0.1:${port}`]);
    expect(stderr).toBe(
      `respool: no broker at 127.0.0.1:${port}: connection refused; start one with "respool serve", or name another with --server or RESPOOL_SERVER\n`,
    );
    expect(code).toBe(5);
  });

  test('an unknown host is told as such', async () => {
    const { code, stderr } = await run(['topic', 'list'], {
      env: { RESPOOL_SERVER: 'no-such-host.invalid:7654' },
    });
    expect(stderr).toMatch(
      /^respool: no broker at no-such-host\.invalid:7654: (there is no host of that name|the name could not be looked up);/,
    );
    expect(code).toBe(5);
  });
});
