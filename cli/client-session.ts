/** The broker that a command talks to: its flags, and one connection for the length of a command. */
import { readFileSync } from 'node:fs';
import { connect } from 'node:http2';
import type { Command } from 'commander';
import { DEFAULT_PORT, Respool, RespoolError, type TlsOptions } from '../sdk/index.js';
import { brokerFailure } from './broker-failure.js';
import { EXIT } from './exit-code.js';
import { CommandError, usageError } from './failure.js';
import { addJsonFlag } from './json-flag.js';
import type { Terminal } from './terminal.js';

const DEFAULT_SERVER = `localhost:${DEFAULT_PORT}`;
/** Long enough for a machine far away, short enough for a person who waits. */
const CONNECT_TIMEOUT_MS = 3000;
const REQUEST_TIMEOUT_MS = 10_000;

export interface ClientFlags {
  server?: string;
  tls?: boolean;
  tlsCa?: string;
  tlsCert?: string;
  tlsKey?: string;
  tlsServerName?: string;
  json?: boolean;
}

/** Adds the flags that every command for a broker has. */
export function addClientFlags(command: Command): Command {
  return addJsonFlag(
    command
      .optionsGroup('Broker:')
      .option('--server <address>', `the broker, host:port (default: $RESPOOL_SERVER or ${DEFAULT_SERVER})`)
      .option('--tls', 'encrypt, trusting the usual authorities; the other --tls flags imply it')
      .option('--tls-ca <file>', 'the authorities to trust instead, PEM')
      .option('--tls-cert <file>', 'the certificate to show to the broker, PEM; with --tls-key')
      .option('--tls-key <file>', 'its private key, PEM')
      .option('--tls-server-name <name>', 'the name to expect in the broker’s certificate'),
  );
}

/** Runs `use` with a client of the broker that the flags name, and closes it. Fails within seconds if nobody is there. */
export async function withClient<T>(
  terminal: Terminal,
  flags: ClientFlags,
  use: (client: Respool) => Promise<T>,
): Promise<T> {
  const server = flags.server ?? (terminal.env['RESPOOL_SERVER'] || DEFAULT_SERVER);
  const tls = tlsOptions(flags);
  const client = openClient(server, tls);
  try {
    await knock(server, tls);
    return await use(client);
  } catch (error) {
    throw unavailableFailure(server, error) ?? brokerFailure(error);
  } finally {
    await client.close();
  }
}

/** Somebody took the connection, yet no call came through. */
function unavailableFailure(server: string, error: unknown): CommandError | undefined {
  if (!(error instanceof RespoolError) || error.code !== 'UNAVAILABLE') return undefined;
  const why = error.message.replace(/(Last error: |Resolution note: )/g, '').replace(/\.?\s*$/, '');
  const message = `no answer from a broker at ${server}: ${why}`;
  return new CommandError('UNAVAILABLE', message, EXIT.unavailable, { server }, { cause: error });
}

function openClient(server: string, tls: boolean | TlsOptions): Respool {
  try {
    return new Respool({ server, tls, requestTimeoutMs: REQUEST_TIMEOUT_MS });
  } catch (error) {
    throw error instanceof RespoolError ? usageError(error.message) : error;
  }
}

function tlsOptions(flags: ClientFlags): boolean | TlsOptions {
  const { tlsCa, tlsCert, tlsKey, tlsServerName } = flags;
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    throw usageError('--tls-cert and --tls-key go together; one of them is missing');
  }
  if ([tlsCa, tlsCert, tlsServerName].every((given) => given === undefined)) return flags.tls ?? false;
  const read = (file: string | undefined) => (file === undefined ? undefined : readFileSync(file));
  return { ca: read(tlsCa), cert: read(tlsCert), key: read(tlsKey), serverName: tlsServerName };
}

/** gRPC keeps on trying and does not say why; a connection of our own tells at once, and in words. */
async function knock(server: string, tls: boolean | TlsOptions): Promise<void> {
  const problem = await connectionProblem(server, tls);
  if (problem === undefined) return;
  const message = problem.somebodyThere
    ? `cannot talk to the broker at ${server}: ${problem.why}`
    : `no broker at ${server}: ${problem.why}; start one with "respool serve", or name another with --server or RESPOOL_SERVER`;
  throw new CommandError('UNAVAILABLE', message, EXIT.unavailable, { server });
}

interface Problem {
  why: string;
  /** True if there is a program at that address, but not one that we can talk to. */
  somebodyThere: boolean;
}

/** Undefined if somebody there speaks HTTP/2, encrypted or not as we do. */
function connectionProblem(server: string, tls: boolean | TlsOptions): Promise<Problem | undefined> {
  const address = /:\d+$/.test(server) ? server : `${server}:${DEFAULT_PORT}`;
  const { ca, cert, key, serverName } = typeof tls === 'object' ? tls : {};
  const secure = { ca: asBuffer(ca), cert: asBuffer(cert), key: asBuffer(key), servername: serverName };
  const given = Object.entries(secure).filter(([, value]) => value !== undefined);
  return new Promise((resolve) => {
    const session = connect(`${tls === false ? 'http' : 'https'}://${address}`, Object.fromEntries(given));
    const settle = (problem: Problem | undefined) => {
      clearTimeout(timer);
      session.destroy();
      resolve(problem);
    };
    const timer = setTimeout(() => settle(silence(session.connecting)), CONNECT_TIMEOUT_MS);
    session.once('remoteSettings', () => settle(undefined));
    session.on('error', (error: NodeJS.ErrnoException) => settle(whyNot(error, tls !== false)));
    session.once('close', () => settle(hungUp(tls !== false)));
  });
}

function asBuffer(pem: string | Uint8Array | undefined): Buffer | undefined {
  return pem === undefined ? undefined : Buffer.from(pem as Uint8Array);
}

function silence(connecting: boolean): Problem {
  const seconds = CONNECT_TIMEOUT_MS / 1000;
  if (connecting) return { why: `no answer within ${seconds} s`, somebodyThere: false };
  const why = `it took the connection but said nothing within ${seconds} s; does it want a certificate (--tls-cert), or is it no broker?`;
  return { why, somebodyThere: true };
}

function hungUp(encrypted: boolean): Problem {
  const why = encrypted ? 'it hung up; does it speak TLS?' : 'it hung up; does it want TLS (--tls)?';
  return { why, somebodyThere: true };
}

const WHY_NOT: Readonly<Record<string, string>> = Object.freeze({
  ECONNREFUSED: 'connection refused',
  ENOTFOUND: 'there is no host of that name',
  EAI_AGAIN: 'the name could not be looked up',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  ETIMEDOUT: 'no answer',
});

function whyNot(error: NodeJS.ErrnoException, encrypted: boolean): Problem {
  // For a name with several addresses Node wraps what each of them answered.
  const code = error.code ?? (error as Error & { errors?: NodeJS.ErrnoException[] }).errors?.[0]?.code ?? '';
  if (code === 'ECONNRESET') return hungUp(encrypted);
  const known = WHY_NOT[code];
  if (known !== undefined) return { why: known, somebodyThere: false };
  const plain = code === 'ERR_SSL_WRONG_VERSION_NUMBER';
  return {
    why: plain ? 'it does not speak TLS; leave the --tls flags out' : error.message,
    somebodyThere: true,
  };
}
