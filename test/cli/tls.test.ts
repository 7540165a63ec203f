import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Broker, formatAddress } from '../../server/index.js';
import { hasCommands, requireOrSkip } from '../fixtures/requirement.js';
import { run, TestBroker } from './command.js';

describe('somebody who is no broker for us', () => {
  test('a program that hangs up is told at once, and 5', async () => {
    const other = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const server = `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
    const { code, stderr } = await run(['topic', 'list', '--server', server]);
    other.close();
    expect(stderr).toBe(
      `respool: cannot talk to the broker at ${server}: it hung up; does it want TLS (--tls)?\n`,
    );
    expect(code).toBe(5);
  });

  test('a broker without TLS says so to who wants it', async () => {
    await using broker = await TestBroker.start();
    const { code, stderr } = await run(['topic', 'list', '--server', broker.server, '--tls']);
    expect(stderr).toMatch(
      /^respool: cannot talk to the broker at [^\n]*: it does not speak TLS; leave the --tls flags out\n$/,
    );
    expect(code).toBe(5);
  });
});

const needed = requireOrSkip('TLS from the command line', () => hasCommands('openssl'), 'needs openssl');

describe.runIf(needed)('a broker with mutual TLS', () => {
  let folder: string;
  let broker: Broker;
  const file = (name: string) => join(folder, name);
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'respool-tls-'));
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
    const files = ['-keyout', file('key.pem'), '-out', file('cert.pem')];
    execFileSync(
      'openssl',
      ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...files, ...subject],
      { stdio: 'ignore' },
    );
    broker = await Broker.start({
      dataDir: file('data'),
      listen: '127.0.0.1:0',
      http: 'off',
      logLevel: 'silent',
      tlsCert: file('cert.pem'),
      tlsKey: file('key.pem'),
      tlsClientCa: file('cert.pem'),
    });
  });
  afterAll(async () => {
    await broker.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const to = (...flags: string[]) =>
    run(['topic', 'list', '--server', formatAddress(broker.address), ...flags]);

  test('lets in who shows its certificate, and trusts its authority', async () => {
    const own = ['--tls-cert', file('cert.pem'), '--tls-key', file('key.pem')];
    expect(await to('--tls-ca', file('cert.pem'), ...own)).toMatchObject({ code: 0 });
  });

  test.each([
    ['nothing about TLS', [], /it hung up; does it want TLS \(--tls\)\?/],
    ['an authority that did not sign', ['--tls'], /self-signed certificate/],
    ['no certificate', ['--tls-ca', 'cert.pem'], /certificate/],
  ])('%s: one line that says why, and 5', async (_name, flags, why) => {
    const { code, stderr } = await to(...flags.map((flag) => (flag.endsWith('.pem') ? file(flag) : flag)));
    expect(stderr).toMatch(/^respool: cannot talk to the broker at [^\n]+\n$/);
    expect(stderr).toMatch(why);
    expect(code).toBe(5);
  });
});
