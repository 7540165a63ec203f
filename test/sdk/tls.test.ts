import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Respool } from '../../sdk/index.js';
import { hasCommands, requireOrSkip } from '../fixtures/requirement.js';
import { RunningBroker } from './fixtures/running-broker.js';

const HERE = requireOrSkip('sdk/tls', () => hasCommands('openssl'), 'needs openssl to make certificates');

describe.runIf(HERE)('a client over TLS', () => {
  let folder: string;
  let broker: RunningBroker;
  const path = (name: string): string => join(folder, name);
  const pem = (name: string): string => readFileSync(path(name), 'utf8');

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'respool-sdk-tls-'));
    for (const name of ['broker', 'client']) selfSigned(name);
    broker = await RunningBroker.start({
      tlsCert: path('broker.pem'),
      tlsKey: path('broker.key'),
      tlsClientCa: path('client.pem'),
    });
  });
  afterAll(async () => {
    await broker[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  function selfSigned(name: string): void {
    const key = [
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-keyout',
      path(`${name}.key`),
    ];
    const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=DNS:broker.test,IP:127.0.0.1'];
    execFileSync('openssl', ['req', '-x509', ...key, '-out', path(`${name}.pem`), '-days', '2', ...subject], {
      stdio: 'pipe',
    });
  }

  it('produces and reads, with a certificate of its own, and under another name than the address', async () => {
    const tls = {
      ca: pem('broker.pem'),
      cert: pem('client.pem'),
      key: pem('client.key'),
      serverName: 'broker.test',
    };
    await using client = new Respool({ server: broker.server, tls });
    await client.admin.createTopic('t');
    await client.producer().send({ topic: 't', value: 'secret' });
    const { value } = await client.records({ topic: 't' }).next();
    expect(String(value?.value)).toBe('secret');
  });

  it('is refused without the right certificates, in time', async () => {
    const wrong = [undefined, { ca: pem('client.pem') }, { ca: pem('broker.pem') }];
    for (const tls of wrong) {
      const client = new Respool({ server: broker.server, tls, retryMaxMs: 10 });
      await expect(client.admin.listTopics({ timeoutMs: 200 })).rejects.toMatchObject({
        code: expect.stringMatching(/^(UNAVAILABLE|DEADLINE_EXCEEDED)$/),
      });
      await client.close();
    }
  });
});
