import { once } from 'node:events';
import { connect } from 'node:http2';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { expect, onTestFinished, test } from 'vitest';
import { formatAddress } from '../../server/index.js';
import { onSession, openStreamWindows } from '../../server/net/grpc-internals.js';
import { startBroker } from './broker-fixture.js';

test('the windows that a client is given are those of the option, for a stream and for the connection', async () => {
  const broker = await startBroker({ http2WindowBytes: 3_000_000 });
  const session = connect(`http://${formatAddress(broker.address)}`);
  onTestFinished(() => session.destroy());
  await once(session, 'remoteSettings');
  expect(session.remoteSettings.initialWindowSize).toBe(3_000_000);
  // The window of the connection comes in a frame of its own, which is there before the answer to a ping.
  await new Promise((resolve) => session.ping(resolve));
  expect(session.state.remoteWindowSize).toBe(3_000_000);
});

test('a grpc-js without these ways is found out before they are used', () => {
  const other = {} as Server;
  expect(openStreamWindows(other, 1)).toBe(false);
  expect(onSession(other, () => {})).toBe(false);
  const server = new Server();
  expect(openStreamWindows(server, 100_000)).toBe(true);
  expect(onSession(server, () => {})).toBe(false);
  server.createConnectionInjector(ServerCredentials.createInsecure());
  expect(onSession(server, () => {})).toBe(true);
  server.forceShutdown();
});
