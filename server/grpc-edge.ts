/** The gRPC edge: services, limits and the port, put together. */
import { type ConnectionInjector, Server } from '@grpc/grpc-js';
import type { Logger } from 'pino';
import { adminService, groupService, logService } from '../proto/index.js';
import { adminHandlers } from './admin/admin-handlers.js';
import type { BrokerContext } from './broker-context.js';
import type { BrokerConfig } from './config/broker-config.js';
import { type Address, parseAddress } from './config/option.js';
import { groupHandlers } from './groups/group-handlers.js';
import type { Appender } from './log/appender.js';
import { logHandlers } from './log/log-handlers.js';
import { serverCredentials } from './net/credentials.js';
import { onSession, openStreamWindows } from './net/grpc-internals.js';
import { GrpcListener, type RefusalReason } from './net/grpc-listener.js';
import { guardSession } from './net/session-guard.js';
import type { BrokerMetrics } from './observe/metrics.js';
import { ByteBudget } from './rpc/byte-budget.js';
import { type CallGuards, callInterceptor } from './rpc/call-interceptor.js';
import { tolerant } from './rpc/malformed-request.js';
import { OpenCalls } from './rpc/open-calls.js';
import type { ReceiveBudget } from './rpc/receive-budget.js';
import { addHealth, addReflection } from './rpc/standard-services.js';

export interface GrpcEdgeParts {
  context: BrokerContext;
  appender: Appender;
  /** Shared by all streams that bring batches. */
  inFlight: ByteBudget;
  /** Shared by all calls. */
  receive: ReceiveBudget;
}

export class GrpcEdge {
  readonly #context: BrokerContext;
  readonly #openCalls: OpenCalls;
  readonly #server: Server;
  readonly #health: { serving(isServing: boolean): void };
  readonly #injector: ConnectionInjector;
  readonly #listener: GrpcListener;

  /** Throws `ConfigError` for certificates that do not serve. */
  constructor({ context, appender, inFlight, receive }: GrpcEdgeParts) {
    const { config, metrics, log, draining } = context;
    this.#context = context;
    this.#openCalls = new OpenCalls(config.maxStreams);
    const guards: CallGuards = {
      openCalls: this.#openCalls,
      maxInFlightBytes: config.maxInFlightBytes,
      maxMessageBytes: config.maxMessageBytes,
      inFlight,
      commitsInFlight: new ByteBudget(config.maxTotalInFlightBytes),
      receive,
      metrics,
      draining,
    };
    this.#server = new Server({
      ...channelOptions(config),
      interceptors: [callInterceptor(guards)],
    });
    this.#server.addService(tolerant(logService), logHandlers(context, appender));
    this.#server.addService(tolerant(groupService), groupHandlers(context));
    this.#server.addService(tolerant(adminService), adminHandlers(context));
    this.#health = addHealth(this.#server);
    addReflection(this.#server);
    const opensWindows = openStreamWindows(this.#server, config.http2WindowBytes);
    this.#injector = this.#server.createConnectionInjector(serverCredentials(config));
    const seesSessions = onSession(this.#server, (session) => this.#guard(session));
    if (!opensWindows || !seesSessions) {
      log.warn(
        { opensWindows, seesSessions },
        'this grpc-js has no way to some limits; expect less speed and protection',
      );
    }
    this.#listener = new GrpcListener(this.#injector, config, listenerEvents(metrics, log), seesSessions);
  }

  /** Starts to listen; resolves with the address. */
  listen(): Promise<Address> {
    return this.#listener.listen(parseAddress(this.#context.config.listen)!);
  }

  /** Tells those who watch its health that the broker is about to end. */
  announceEnd(): void {
    this.#health.serving(false);
  }

  /**
   * Takes no more calls, lets those that are open end, and after `drainTimeoutMs` breaks off what has not. The `draining` signal of the
   * context must be aborted before: it is what ends the streams.
   */
  async close(): Promise<void> {
    const { drainTimeoutMs } = this.#context.config;
    this.#openCalls.drain();
    this.#listener.stop();
    // Tells clients to go, and closes each connection with its last call.
    this.#injector.drain(drainTimeoutMs);
    const isDone = await inTime(drainTimeoutMs, this.#listener.whenNone());
    if (!isDone) {
      this.#context.log.warn({ openCalls: this.#openCalls.count, drainTimeoutMs }, 'calls broken off');
    }
    this.#server.forceShutdown();
    this.#listener.destroy();
  }

  #guard(session: Parameters<typeof guardSession>[0]): void {
    const { config, metrics, log } = this.#context;
    const { remoteAddress, remotePort } = session.socket;
    const limits = { windowBytes: config.http2WindowBytes, maxResetsPerMinute: config.maxResetsPerMinute };
    guardSession(session, limits, {
      onReady: () => this.#listener.ready({ remoteAddress, remotePort }),
      onTooManyResets: () => listenerEvents(metrics, log).onRefused('resets', remoteAddress ?? ''),
    });
  }
}

function channelOptions(config: BrokerConfig) {
  return {
    'grpc.max_receive_message_length': config.maxMessageBytes,
    'grpc.max_send_message_length': -1,
    'grpc.max_concurrent_streams': config.maxStreamsPerConnection,
    'grpc.max_connection_idle_ms': config.idleTimeoutMs,
    'grpc.keepalive_time_ms': config.keepaliveIntervalMs,
    'grpc.keepalive_timeout_ms': config.keepaliveTimeoutMs,
    // Its bookkeeping costs memory for every call, and nobody reads it.
    'grpc.enable_channelz': 0,
  };
}

function listenerEvents(metrics: BrokerMetrics, log: Logger) {
  return {
    onConnections: (count: number) => metrics.connections.set(count),
    onRefused(reason: RefusalReason, remoteAddress: string) {
      metrics.connectionsRefused.inc({ reason });
      log.debug({ reason, remoteAddress }, 'connection closed');
    },
    onAcceptError: (err: Error) => log.error({ err }, 'a connection could not be accepted'),
  };
}

/** True if the promise resolved within the time. */
async function inTime(ms: number, promise: Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, ms, false);
  });
  try {
    return await Promise.race([promise.then(() => true), timeout]);
  } finally {
    clearTimeout(timer);
  }
}
