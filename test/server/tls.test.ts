import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { credentials, status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { adminService } from '../../proto/index.js';
import { ConfigError } from '../../server/index.js';
import { hasCommands, requireOrSkip } from '../fixtures/requirement.js';
import { failureOf, metric, startBroker, TestClient } from './broker-fixture.js';

const HERE = requireOrSkip('server/tls', () => hasCommands('openssl'), 'needs openssl to make certificates');

describe.runIf(HERE)('TLS', () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'respool-tls-'));
    makeAuthority('ca');
    makeAuthority('other-ca');
    issue('server', 'ca');
    issue('client', 'ca');
    issue('stranger', 'other-ca');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  function openssl(...args: string[]): void {
    execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  }

  function makeAuthority(name: string): void {
    const key = [
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-keyout',
      `${name}.key`,
    ];
    openssl('req', '-x509', ...key, '-out', `${name}.pem`, '-days', '2', '-subj', `/CN=${name}`);
  }

  function issue(name: string, authority: string): void {
    const key = [
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-keyout',
      `${name}.key`,
    ];
    openssl('req', '-new', ...key, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
    writeFileSync(join(folder, 'san'), 'subjectAltName=DNS:localhost,IP:127.0.0.1');
    const signed = [
      '-CA',
      `${authority}.pem`,
      '-CAkey',
      `${authority}.key`,
      '-CAcreateserial',
      '-extfile',
      'san',
    ];
    openssl('x509', '-req', '-in', `${name}.csr`, ...signed, '-out', `${name}.pem`, '-days', '2');
  }

  const path = (name: string) => join(folder, name);
  const pem = (name: string) => readFileSync(path(name));
  const serverFiles = () => ({ tlsCert: path('server.pem'), tlsKey: path('server.key') });
  const trusting = (name?: string) =>
    name === undefined
      ? credentials.createSsl(pem('ca.pem'))
      : credentials.createSsl(pem('ca.pem'), pem(`${name}.key`), pem(`${name}.pem`));

  test('serves clients that trust its authority, and those alone', async () => {
    const broker = await startBroker(serverFiles());
    await new TestClient(broker, trusting()).createTopic('t');
    const failure = await failureOf(
      new TestClient(broker, credentials.createSsl(pem('other-ca.pem'))).createTopic('u'),
    );
    expect(failure.status).toBe(status.UNAVAILABLE);
    expect((await failureOf(new TestClient(broker).createTopic('v'))).status).toBe(status.UNAVAILABLE);
  });

  test('with an authority for clients, lets in only those that it has signed', async () => {
    const broker = await startBroker({ ...serverFiles(), tlsClientCa: path('ca.pem') });
    await new TestClient(broker, trusting('client')).createTopic('t');
    for (const channel of [trusting(), trusting('stranger')]) {
      expect((await failureOf(new TestClient(broker, channel).createTopic('u'))).status).toBe(
        status.UNAVAILABLE,
      );
    }
    const { topics } = await new TestClient(broker, trusting('client')).call(adminService.DescribeTopics, {});
    expect(topics.map(({ topic }) => topic)).toEqual(['t']);
  });

  test('a handshake that does not come to its end is ended', async () => {
    const broker = await startBroker({ ...serverFiles(), firstBytesTimeoutMs: 500 });
    const socket = connect(broker.address.port, broker.address.host);
    onTestFinished(() => void socket.destroy());
    socket.on('error', () => {});
    // The head of a ClientHello that never comes.
    socket.write(Buffer.from([0x16, 3, 1, 0, 200]));
    await new Promise((resolve) => socket.resume().once('close', resolve));
    expect(await metric(broker, 'respool_connections_refused_total{reason="handshake-timeout"}')).toBe(1);
    await new TestClient(broker, trusting()).createTopic('t');
  });

  test('files that do not serve are named', async () => {
    writeFileSync(path('no.pem'), 'nothing');
    const wrong: [string, object][] = [
      ['option tlsCert: it is', { ...serverFiles(), tlsCert: path('missing.pem') }],
      ['option tlsCert: it is', { ...serverFiles(), tlsCert: path('no.pem') }],
      ['option tlsKey: it is', { ...serverFiles(), tlsKey: path('client.key') }],
      ['option tlsClientCa: it is', { ...serverFiles(), tlsClientCa: path('missing.pem') }],
    ];
    for (const [message, options] of wrong) {
      const error = await startBroker(options).catch((error: unknown) => error);
      expect(error).toBeInstanceOf(ConfigError);
      expect((error as ConfigError).message).toContain(message);
    }
  });
});
