/** The options of the network edge: addresses, limits, TLS, logs. */
import { address, addressOrOff, bytes, choice, count, ms, onOff, optionalPath } from './option.js';

const KIB = 1024;
const MIB = 1024 ** 2;
const GIB = 1024 ** 3;
const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const DAY_MS = 24 * 60 * MINUTE_MS;

export const EDGE_OPTIONS = {
  listen: address(
    '127.0.0.1:7654',
    'Where gRPC is served. Beyond the own machine use TLS: without it anybody who can connect can read and delete everything.',
  ),
  http: addressOrOff(
    '127.0.0.1:7655',
    'Where /healthz, /readyz and /metrics are served, in plain HTTP. off: nowhere.',
  ),
  tlsCert: optionalPath(
    "A PEM file with the broker's certificate and its chain. With tlsKey it turns TLS on for gRPC.",
  ),
  tlsKey: optionalPath('A PEM file with the private key of tlsCert. Readable by the broker alone.'),
  tlsClientCa: optionalPath(
    'A PEM file with the authorities whose client certificates are let in. If set, every client must show one (mutual TLS).',
  ),
  autoCreateTopics: onOff(
    false,
    'Whether Produce and Append make a topic that does not exist, with the defaults. On: a typing error makes a topic.',
  ),
  maxMessageBytes: bytes(
    4 * MIB,
    { min: 64 * KIB, max: 64 * MIB },
    'The largest gRPC message that is taken. Clients take 4 MiB unless told otherwise: with more, tell them. Each open call may cost as much memory.',
  ),
  maxFetchBytes: bytes(
    MIB,
    { min: KIB, max: 3 * MIB },
    'Bytes of batches in one response of Fetch or Consume, unless the call asks for fewer; a single larger batch is sent whole. ' +
      'At most 3 MiB, so that a response fits into the 4 MiB that clients take.',
  ),
  maxReceiveBytes: bytes(
    256 * MIB,
    { min: 4 * MIB, max: 64 * GIB },
    'Bytes of messages that may be half received, of all calls together; a message that the client compressed counts as maxMessageBytes. ' +
      'Beyond, the call whose message began longest ago is broken off.',
  ),
  maxInFlightBytes: bytes(
    8 * MIB,
    { min: 64 * KIB, max: GIB },
    'Bytes of batches that one Produce stream may have unanswered, or of commits a Consume stream. Beyond, the stream is not read until answers were sent.',
  ),
  maxTotalInFlightBytes: bytes(
    48 * MIB,
    { min: MIB, max: 16 * GIB },
    'The same for all Produce streams together, and as much again for all Consume streams together. Below appendQueueBytes a flood of batches is slowed; above it, refused.',
  ),
  fetchBufferBytes: bytes(
    256 * MIB,
    { min: 4 * MIB, max: 64 * GIB },
    'Bytes of responses of Fetch and Consume that may wait for their readers, of all streams together; in memory they take up to twice as much. Beyond, the stream whose reader has ' +
      'not read for longest (at least a second) is ended with TOO_MANY.',
  ),
  maxConnections: count(
    10_000,
    { min: 1, max: 1_000_000 },
    'The most gRPC connections. Beyond they are closed.',
  ),
  maxConnectionsPerAddress: count(
    2000,
    { min: 1, max: 1_000_000 },
    'The most gRPC connections from one address. Beyond they are closed. Clients behind one proxy share an address.',
  ),
  maxStreamsPerConnection: count(
    1000,
    { min: 1, max: 1_000_000 },
    'The most calls open at a time on one connection. Clients wait at this limit.',
  ),
  maxStreams: count(
    20_000,
    { min: 1, max: 10_000_000 },
    'The most calls open at a time in all. Beyond: TOO_MANY.',
  ),
  maxResetsPerMinute: count(
    2000,
    { min: 1, max: 100_000_000 },
    'Calls that a connection may cancel or break off within a minute. Beyond, it is closed: opening and resetting is a known attack.',
  ),
  firstBytesTimeoutMs: ms(
    10 * SECOND_MS,
    { min: 10, max: 10 * MINUTE_MS },
    'A connection that has not come through its handshake (TLS, HTTP/2) within this time is closed.',
  ),
  idleTimeoutMs: ms(
    5 * MINUTE_MS,
    { min: 10, max: DAY_MS },
    'A connection without an open call is closed after this time. Clients connect again by themselves.',
  ),
  keepaliveIntervalMs: ms(
    30 * SECOND_MS,
    { min: SECOND_MS, max: DAY_MS },
    'Time between pings on every connection, which find peers that vanished without a word.',
  ),
  keepaliveTimeoutMs: ms(
    10 * SECOND_MS,
    { min: 100, max: 10 * MINUTE_MS },
    'A connection whose ping is not answered within this time is closed.',
  ),
  http2WindowBytes: bytes(
    MIB,
    { min: 65_535, max: 64 * MIB },
    'How much a client may send before it waits for the broker, for each call and for each connection. The least costs half the throughput.',
  ),
  drainTimeoutMs: ms(
    10 * SECOND_MS,
    { min: 0, max: 10 * MINUTE_MS },
    'How long calls may go on when the broker ends. Then they are broken off.',
  ),
  logLevel: choice(
    'info',
    ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
    'The least important log lines that are written.',
  ),
};
