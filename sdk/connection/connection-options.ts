import { type ChannelCredentials, credentials } from '@grpc/grpc-js';
import type { BackOff } from './back-off.js';
import { checkInteger, checkText, invalidOption, withDefaults } from './option-check.js';

/** How to reach a broker. */
export interface RespoolOptions {
  /**
   * The broker's address, `host:port`; an IPv6 address in brackets. Without a port: 7654.
   * @default 'localhost:7654'
   */
  server?: string | undefined;
  /**
   * Encrypt the connection: `true` trusts the certificates that Node trusts. Without it the connection is plain.
   * @default undefined
   */
  tls?: boolean | TlsOptions | undefined;
  /**
   * How long a call may take, its repetitions included, unless it says otherwise. Milliseconds, 1 to 2^31 − 1. Does not apply to `fetch`, `records`
   * and producers, which have their own.
   * @default 30000
   */
  requestTimeoutMs?: number | undefined;
  /**
   * The first wait before something is tried again is random, up to this long; each further one up to twice the one before. Milliseconds, 1 to 60,000.
   * @default 20
   */
  retryInitialMs?: number | undefined;
  /**
   * No wait before something is tried again is longer than this. Milliseconds, 1 to 600,000. Less finds a broker that is back sooner, and costs it more while it
   * is starting.
   * @default 1000
   */
  retryMaxMs?: number | undefined;
  /**
   * A connection over which nothing comes for so long is asked for a sign of life. Milliseconds, 100 to 2^31 − 1.
   * @default 10000
   */
  keepaliveMs?: number | undefined;
  /**
   * … and is taken as lost if none comes within this time. Milliseconds, 100 to 2^31 − 1. Less notices a broken network sooner, and takes a busy broker for
   * a dead one.
   * @default 10000
   */
  keepaliveTimeoutMs?: number | undefined;
  /**
   * The largest message that is accepted from the broker. Bytes, 64 KiB to 2^31 − 1. Must be above the largest batch of the topics that are read.
   * @default 72 MiB
   */
  maxReceiveBytes?: number | undefined;
  /**
   * How much the broker may send ahead on each connection and stream (the HTTP/2 window). Bytes, 64 KiB to 64 MiB. Less costs throughput, more costs memory.
   * @default 1 MiB
   */
  flowControlWindowBytes?: number | undefined;
}

/** Certificates, as PEM. */
export interface TlsOptions {
  /** The authorities to trust. Absent: those that Node trusts. */
  ca?: string | Uint8Array | undefined;
  /** This client's certificate, for mutual TLS; with `key`. */
  cert?: string | Uint8Array | undefined;
  /** The key of `cert`. */
  key?: string | Uint8Array | undefined;
  /** The name to expect in the broker's certificate. Absent: that of the address. */
  serverName?: string | undefined;
}

/** {@link RespoolOptions}, checked and complete. */
export interface ConnectionOptions {
  readonly server: string;
  readonly credentials: ChannelCredentials;
  readonly serverName: string | undefined;
  readonly requestTimeoutMs: number;
  readonly backOff: BackOff;
  readonly keepaliveMs: number;
  readonly keepaliveTimeoutMs: number;
  readonly maxReceiveBytes: number;
  readonly flowControlWindowBytes: number;
}

/** The port of a broker that is not told another one. */
export const DEFAULT_PORT = 7654;

const MAX_MS = 2 ** 31 - 1;

const DEFAULTS = Object.freeze({
  server: `localhost:${DEFAULT_PORT}`,
  requestTimeoutMs: 30_000,
  retryInitialMs: 20,
  retryMaxMs: 1000,
  keepaliveMs: 10_000,
  keepaliveTimeoutMs: 10_000,
  maxReceiveBytes: 72 * 1024 ** 2,
  flowControlWindowBytes: 1024 ** 2,
});

/** Fills in defaults and checks everything. INVALID_ARGUMENT, naming the option and its bounds. */
export function resolveConnectionOptions(options: RespoolOptions): ConnectionOptions {
  const { tls } = options;
  const filled = withDefaults(DEFAULTS, options, ['tls']);
  checkInteger('requestTimeoutMs', filled.requestTimeoutMs, 1, MAX_MS);
  checkInteger('retryInitialMs', filled.retryInitialMs, 1, 60_000);
  checkInteger('retryMaxMs', filled.retryMaxMs, 1, 600_000);
  checkInteger('keepaliveMs', filled.keepaliveMs, 100, MAX_MS);
  checkInteger('keepaliveTimeoutMs', filled.keepaliveTimeoutMs, 100, MAX_MS);
  checkInteger('maxReceiveBytes', filled.maxReceiveBytes, 64 * 1024, MAX_MS);
  checkInteger('flowControlWindowBytes', filled.flowControlWindowBytes, 64 * 1024, 64 * 1024 ** 2);
  return Object.freeze({
    server: resolveAddress(filled.server),
    credentials: resolveCredentials(tls),
    serverName: typeof tls === 'object' ? tls.serverName : undefined,
    requestTimeoutMs: filled.requestTimeoutMs,
    backOff: Object.freeze({ initialMs: filled.retryInitialMs, maxMs: filled.retryMaxMs }),
    keepaliveMs: filled.keepaliveMs,
    keepaliveTimeoutMs: filled.keepaliveTimeoutMs,
    maxReceiveBytes: filled.maxReceiveBytes,
    flowControlWindowBytes: filled.flowControlWindowBytes,
  });
}

function resolveAddress(server: string): string {
  checkText('server', server);
  const [, host, port = DEFAULT_PORT] = /^(\[[\da-fA-F:.]+\]|[\w.-]+)(?::(\d{1,5}))?$/.exec(server) ?? [];
  if (host === undefined || Number(port) < 1 || Number(port) > 65_535) {
    throw invalidOption('server', server, 'it must be host:port, with a port from 1 to 65535');
  }
  return `${host}:${port}`;
}

function resolveCredentials(tls: boolean | TlsOptions | undefined): ChannelCredentials {
  if (tls === undefined || tls === false) return credentials.createInsecure();
  if (tls === true) return credentials.createSsl();
  if (typeof tls !== 'object' || tls === null) {
    throw invalidOption('tls', tls, 'it must be true, false or an object of ca, cert, key, serverName');
  }
  if ((tls.cert === undefined) !== (tls.key === undefined)) {
    const missing = tls.cert === undefined ? 'tls.cert' : 'tls.key';
    throw invalidOption(missing, undefined, 'a certificate and its key must be given together');
  }
  return credentials.createSsl(pem('tls.ca', tls.ca), pem('tls.key', tls.key), pem('tls.cert', tls.cert));
}

function pem(name: string, value: string | Uint8Array | undefined): Buffer | null {
  if (value === undefined) return null;
  const bytes = Buffer.from(value as Uint8Array);
  if (!bytes.includes('-----BEGIN ')) {
    throw invalidOption(name, 'something else', 'it must be PEM, as text or bytes');
  }
  return bytes;
}
