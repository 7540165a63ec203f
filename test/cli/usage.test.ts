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
    [['consume'], /missing required argument 'topics'/],
    [['consume', 'a', 'b'], /several topics need --group/],
    [['consume', 't', '--instance-id', 'i'], /--instance-id needs --group/],
    [['consume', 't', '--group', 'g', '--partition', '0'], /--partition does not go with --group/],
    [['consume', 't', '--group', 'g', '--key', 'k'], /--key does not go with --group/],
    [['consume', 't', '--group', 'g', '--header', 'h'], /--header does not go with --group/],
    [['consume', 't', '--group', 'g', '--until', '5'], /--until does not go with --group/],
    [['consume', 't', '--group', 'g', '--from', '5'], /--from is earliest or latest.*respool group reset/],
    [['group'], /respool group: name a command/],
    [['group', 'describe'], /missing required argument 'groups'/],
    [['group', 'snapshot'], /respool group snapshot: name a command/],
    [['group', 'reset', 'g'], /where to is missing; give one of --to-earliest, --to-latest, --to-current/],
    [['group', 'reset', 'g', '--to-earliest', '--to-latest'], /where to is given 2 times/],
    [['group', 'reset', '--to-earliest'], /name a group, or give --all-groups/],
    [['group', 'reset', 'g', '--all-groups', '--to-earliest'], /--all-groups and naming groups contradict/],
    [
      ['group', 'reset', 'g', '--topic', 't', '--all-topics', '--to-earliest'],
      /--all-topics and --topic contradict/,
    ],
    [['group', 'reset', 'g', '--topic', 't:x', '--to-earliest'], /--topic is "t:x"; it must be a topic, or/],
    [
      ['group', 'reset', 'g', '--execute', '--dry-run', '--to-earliest'],
      /--execute and --dry-run contradict/,
    ],
    [['group', 'reset', 'g', '--create', '--to-earliest'], /--create needs --topic/],
    [
      ['group', 'reset', 'g', '--to-earliest', '--snapshot-group', 'h'],
      /--snapshot-group is for --to-snapshot/,
    ],
    [
      ['group', 'reset', 'g', '--to-offset', '-1'],
      /--to-offset is "-1"; it must be a whole number, 0 or more/,
    ],
    [
      ['group', 'reset', 'g', '--shift-by', 'ten'],
      /--shift-by is "ten"; it must be a whole number such as 100/,
    ],
    [
      ['group', 'reset', 'g', '--to-datetime', 'noon'],
      /--to-datetime is "noon": expected a time \(2026-01-31T12:00/,
    ],
    [['group', 'reset', 'g', '--to-datetime', '2026-02-30T00:00'], /there is no such day/],
    [
      ['group', 'reset', 'g', '--by-duration', 'P1M'],
      /--by-duration is "P1M": years and months differ in length/,
    ],
    [['group', 'reset', 'g', '--by-duration', 'long'], /expected a duration such as 2h30m, PT2H30M/],
    [['group', 'reset', 'g', '--from-file', '/'], /\/ is a directory; name a file/],
    [
      ['group', 'reset', 'g', '--to-earliest', '--export', 'xml'],
      /'xml' is invalid. Allowed choices are csv, json/,
    ],
    [['replay', 't'], /where to is missing; give --to, a topic, or --to-group/],
    [['replay', 't', '--to', 'a', '--to-group', 'g'], /where to is given twice/],
    [['replay', 't', '--to', 't'], /a replay of t into itself needs --until/],
    [
      ['replay', 't', '--to', 't', '--until', '5', '--name', 'n'],
      /--name does not go with a replay of a topic into itself/,
    ],
    [['replay', 't', '--to', 'a', '--speed', '1', '--rate', '1'], /--speed and --rate contradict/],
    [['replay', 't', '--to', 'a', '--speed', '0'], /--speed is "0"; it must be a number above 0/],
    [
      ['replay', 't', '--to', 'a', '--rate', '5/m'],
      /--rate is "5\/m"; it must be records a second, such as 1000\/s/,
    ],
    [['replay', 't', '--to', 'a', '--execute', '--dry-run'], /--execute and --dry-run contradict/],
    [['replay', 't', '--to-group', 'g', '--until', '5'], /--until does not go with --to-group/],
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

  test.each([
    [['group', 'offsets', 'export', 'g', '--format', 'csv'], '--json and --format csv contradict each other'],
    [
      ['group', 'reset', 'g', '--to-earliest', '--export', 'csv'],
      '--json and --export contradict each other',
    ],
  ])('respool %j does not go with --json', async (args, message) => {
    const { code, stderr } = await run([...args, '--json']);
    expect(JSON.parse(stderr).error).toMatchObject({ code: 'USAGE', message });
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
      for (const name of ['serve', 'topic', 'produce', 'consume', 'group', 'replay', 'inspect', 'verify']) {
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
      ['group', '--help'],
      ['group', 'reset', '--help'],
      ['replay', '--help'],
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
