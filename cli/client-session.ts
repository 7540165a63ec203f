/** The broker that a command talks to: its flags, and one connection for the length of a command. */
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import type { Command } from 'commander';
import { Respool, RespoolError, type TlsOptions } from '../sdk/index.js';
import { brokerFailure } from './broker-failure.js';
import { EXIT } from './exit-code.js';
import { CommandError, usageError } from './failure.js';
import { addJsonFlag } from './json-flag.js';
import type { Terminal } from './terminal.js';

const DEFAULT_SERVER = 'localhost:7654';
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
  const client = openClient(server, flags);
  try {
    await knock(server);
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
  const [, tlsProblem] = /SSL routines:[^:]*:([^:]+)/.exec(error.message) ?? [];
  const why = tlsProblem ?? error.message.replace(/\.$/, '');
  const message = `no answer from a broker at ${server}: ${why}; is the address right, and is TLS as the broker has it?`;
  return new CommandError('UNAVAILABLE', message, EXIT.unavailable, { server }, { cause: error });
}

function openClient(server: string, flags: ClientFlags): Respool {
  try {
    return new Respool({ server, tls: tlsOptions(flags), requestTimeoutMs: REQUEST_TIMEOUT_MS });
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

/** gRPC keeps on trying and does not say why; one plain connection tells at once, and in words. */
async function knock(server: string): Promise<void> {
  const [, bracketed, plain, port = '7654'] = /^(?:\[(.+)\]|([^:]+))(?::(\d+))?$/.exec(server) ?? [];
  const host = bracketed ?? plain;
  const problem = host && (await connectionProblem(host, Number(port)));
  if (!problem) return;
  const message = `no broker at ${server}: ${problem}; start one with "respool serve", or name another with --server or RESPOOL_SERVER`;
  throw new CommandError('UNAVAILABLE', message, EXIT.unavailable, { server });
}

function connectionProblem(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket: Socket = connect({ host, port });
    const settle = (problem: string | undefined) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(problem);
    };
    const timer = setTimeout(settle, CONNECT_TIMEOUT_MS, `no answer within ${CONNECT_TIMEOUT_MS / 1000} s`);
    socket.once('connect', () => settle(undefined));
    socket.once('error', (error: NodeJS.ErrnoException) => settle(whyNot(error)));
  });
}

const WHY_NOT: Readonly<Record<string, string>> = Object.freeze({
  ECONNREFUSED: 'connection refused',
  ENOTFOUND: 'there is no host of that name',
  EAI_AGAIN: 'the name could not be looked up',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  ETIMEDOUT: 'no answer',
});

function whyNot(error: NodeJS.ErrnoException): string {
  // For a name with several addresses Node wraps what each of them answered.
  const code = error.code ?? (error as Error & { errors?: NodeJS.ErrnoException[] }).errors?.[0]?.code ?? '';
  return WHY_NOT[code] ?? error.message;
}
