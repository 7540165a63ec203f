import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ended, lineOf, run, start } from './command.js';

describe('respool serve', () => {
  let dataDir: string;
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'respool-serve-'));
  });
  afterEach(() => rm(dataDir, { recursive: true, force: true }));

  /** A broker process, up and listening. */
  const serve = async (flags: readonly string[] = []) => {
    const child = start([
      'serve',
      '--data-dir',
      dataDir,
      '--listen',
      '127.0.0.1:0',
      '--http',
      'off',
      ...flags,
    ]);
    const serving = JSON.parse(await lineOf(child.stdout, (line) => line.includes('"serving"')));
    return { child, env: { RESPOOL_SERVER: `127.0.0.1:${serving.address.port}` } };
  };

  test('what produce was told is stored is there, byte for byte, after kill -9', async () => {
    const input = Buffer.concat(
      Array.from({ length: 20_000 }, (_, number) => Buffer.from(`line ${number}\r\n`)),
    );
    const first = await serve();
    await run(['topic', 'create', 't'], { env: first.env });
    expect((await run(['produce', 't'], { env: first.env, input })).code).toBe(0);
    first.child.kill('SIGKILL');
    await once(first.child, 'close');
    const second = await serve();
    const { stdout } = await run(['consume', 't'], { env: second.env });
    expect(stdout.equals(input)).toBe(true);
    second.child.kill('SIGKILL');
    await once(second.child, 'close');
    const verified = await run(['verify', '--data-dir', dataDir, '--json']);
    expect(verified.code).toBe(0);
  });

  test.each(['SIGTERM', 'SIGINT'] as const)('%s lets it end properly, with 0', async (signal) => {
    const { child, env } = await serve();
    await run(['topic', 'create', 't'], { env });
    child.kill(signal);
    expect(await once(child, 'close')).toEqual([0, null]);
    expect(await readdir(dataDir)).toContain('clean-shutdown');
  });

  test('a second signal ends it at once, whatever is still open', async () => {
    const { child, env } = await serve(['--drain-timeout-ms', '10m']);
    await run(['topic', 'create', 't'], { env });
    const follower = start(['consume', 't', '--follow'], env);
    await run(['produce', 't'], { env, input: 'x\n' });
    await once(follower.stdout, 'data');
    const log = lineOf(child.stdout, (line) => line.includes('"draining"'));
    child.kill('SIGTERM');
    await log;
    child.kill('SIGINT');
    const [code, signal] = await once(child, 'close');
    follower.kill('SIGKILL');
    // Had it ended by itself in between, that would be right as well.
    expect([signal, code]).toContain(signal === null ? 0 : 'SIGINT');
  });

  test('a second one in the same directory ends with 6 and names the holder', async () => {
    const { child } = await serve();
    const second = await run([
      'serve',
      '--data-dir',
      dataDir,
      '--listen',
      '127.0.0.1:0',
      '--http',
      'off',
      '--log-level',
      'silent',
    ]);
    expect(second.stderr).toMatch(
      new RegExp(`^respool: ${dataDir} is in use by process ${child.pid} on [^\n]+\n$`),
    );
    expect(second.code).toBe(6);
    const verify = await run(['verify', '--data-dir', dataDir, '--json']);
    expect(JSON.parse(verify.stderr).error).toMatchObject({ code: 'DATA_DIRECTORY_LOCKED', exitCode: 6 });
    child.kill('SIGTERM');
    await once(child, 'close');
  });

  test('an address that is taken is one line, and 7', async () => {
    const { child, env } = await serve();
    const other = await mkdtemp(join(tmpdir(), 'respool-serve-'));
    const second = await run([
      'serve',
      '--data-dir',
      other,
      '--listen',
      env.RESPOOL_SERVER,
      '--http',
      'off',
      '--log-level',
      'silent',
    ]);
    await rm(other, { recursive: true });
    expect(second.stderr).toMatch(/^respool: [^\n]*127\.0\.0\.1:\d+[^\n]*\n$/);
    expect(second.code).toBe(7);
    child.kill('SIGTERM');
    await once(child, 'close');
  });

  test('--print-config shows every value and where it comes from, and starts nothing', async () => {
    const file = join(dataDir, 'respool.yaml');
    await writeFile(file, 'maxTopics: 7\nlisten: 127.0.0.1:1\n');
    const args = ['serve', '--config', file, '--print-config', '--data-dir', 'here'];
    const env = { RESPOOL_LISTEN: '127.0.0.1:2' };
    const { code, stdout } = await run(args, { env });
    expect(code).toBe(0);
    expect(stdout.toString()).toMatch(/^dataDir: here # --data-dir$/m);
    expect(stdout.toString()).toMatch(/^listen: 127\.0\.0\.1:2 # RESPOOL_LISTEN$/m);
    expect(stdout.toString()).toMatch(/^maxTopics: 7 # .*respool\.yaml: maxTopics$/m);
    const json = JSON.parse((await run([...args, '--json'], { env })).stdout.toString());
    expect(json.config).toMatchObject({ dataDir: 'here', listen: '127.0.0.1:2', maxTopics: 7 });
    expect(json.origins).toMatchObject({
      dataDir: '--data-dir',
      listen: 'RESPOOL_LISTEN',
      durability: 'default',
    });
  });

  test('in a pipe it says everything as log lines, and nothing else', async () => {
    const child = start(['serve', '--data-dir', dataDir, '--listen', '127.0.0.1:0', '--http', 'off']);
    const end = ended(child);
    await lineOf(child.stdout, (line) => line.includes('"serving"'));
    child.kill('SIGTERM');
    const { stdout, stderr } = await end;
    for (const line of stdout.toString().trim().split('\n')) expect(() => JSON.parse(line)).not.toThrow();
    expect(stderr).toBe('');
  });
});
