import { setMaxListeners } from 'node:events';
import {
  Client,
  type ClientDuplexStream,
  type ClientReadableStream,
  type Interceptor,
  Metadata,
  type MethodDefinition,
} from '@grpc/grpc-js';
import { backOffMs, wait } from './back-off.js';
import type { ConnectionOptions } from './connection-options.js';
import { RespoolError } from './error.js';
import { fromCallError } from './error-mapping.js';
import { checkInteger } from './option-check.js';
import { isRetried, type Rpc } from './retry-policy.js';

/** What every call takes. */
export interface CallOptions {
  /**
   * How long the call may take, its repetitions included, in milliseconds: then DEADLINE_EXCEEDED, or what the last repetition failed with.
   * @default the client's `requestTimeoutMs`
   */
  timeoutMs?: number | undefined;
  /** Cancels the call, which then rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/**
 * One HTTP/2 connection to a broker, opened at the first call and again whenever it was lost. It belongs to one `Respool`, so that
 * clients in one process do not share a flow-control window.
 */
export class Connection {
  readonly options: ConnectionOptions;
  readonly #client: Client;
  readonly #closing = new AbortController();

  constructor(options: ConnectionOptions) {
    this.options = options;
    unbounded(this.closed);
    this.#client = new Client(options.server, options.credentials, {
      'grpc.use_local_subchannel_pool': 1,
      // Repetitions are ours (see retry-policy.ts); grpc-js would keep a second copy of what was written.
      'grpc.enable_retries': 0,
      'grpc.initial_reconnect_backoff_ms': Math.max(100, options.backOff.initialMs),
      'grpc.max_reconnect_backoff_ms': Math.max(100, options.backOff.maxMs),
      'grpc.keepalive_time_ms': options.keepaliveMs,
      'grpc.keepalive_timeout_ms': options.keepaliveTimeoutMs,
      'grpc.max_receive_message_length': options.maxReceiveBytes,
      'grpc.max_send_message_length': -1,
      'grpc-node.flow_control_window': options.flowControlWindowBytes,
      ...(options.serverName === undefined ? {} : { 'grpc.ssl_target_name_override': options.serverName }),
    });
  }

  /** Aborted by {@link close}, with CLOSED. */
  get closed(): AbortSignal {
    return this.#closing.signal;
  }

  /** Makes a call, again after errors that `retry-policy.ts` names, until its time is up. */
  async unary<Request, Response>(
    rpc: Rpc,
    method: MethodDefinition<Request, Response>,
    request: Request,
    { timeoutMs = this.options.requestTimeoutMs, signal }: CallOptions = {},
  ): Promise<Response> {
    checkInteger('timeoutMs', timeoutMs, 1, 2 ** 31 - 1);
    const cancel = linkSignals(this.closed, signal);
    const deadline = Date.now() + timeoutMs;
    try {
      for (let attempt = 1; ; attempt++) {
        cancel.signal.throwIfAborted();
        try {
          return await this.#attempt(method, request, deadline, cancel.signal);
        } catch (cause) {
          cancel.signal.throwIfAborted();
          const error = fromCallError(cause);
          const pauseMs = backOffMs(this.options.backOff, attempt);
          if (!isRetried(rpc, error.code) || Date.now() + pauseMs >= deadline) throw error;
          await wait(pauseMs, cancel.signal);
        }
      }
    } finally {
      cancel.unlink();
    }
  }

  /** Opens a stream of answers. Cancel it when it is not read to its end. */
  serverStream<Request, Response>(
    method: MethodDefinition<Request, Response>,
    request: Request,
    interceptors: Interceptor[],
  ): ClientReadableStream<Response> {
    this.closed.throwIfAborted();
    const { path, requestSerialize, responseDeserialize } = method;
    return this.#client.makeServerStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      request,
      new Metadata(),
      { interceptors },
    );
  }

  /** Opens a stream both ways. */
  bidirectionalStream<Request, Response>(
    method: MethodDefinition<Request, Response>,
  ): ClientDuplexStream<Request, Response> {
    this.closed.throwIfAborted();
    return this.#client.makeBidiStreamRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
    );
  }

  /** Cancels what is under way and closes the connection. Idempotent. */
  close(): void {
    if (this.closed.aborted) return;
    this.#closing.abort(new RespoolError('CLOSED', 'the client is closed'));
    this.#client.close();
  }

  #attempt<Request, Response>(
    { path, requestSerialize, responseDeserialize }: MethodDefinition<Request, Response>,
    request: Request,
    deadline: number,
    signal: AbortSignal,
  ): Promise<Response> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => call.cancel();
      const call = this.#client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        new Metadata(),
        { deadline },
        (error, response) => {
          signal.removeEventListener('abort', onAbort);
          if (error) reject(error);
          else resolve(response as Response);
        },
      );
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }
}

/** A signal that either of two aborts, until it is unlinked. By hand, since `AbortSignal.any` leaves a trace on long-lived signals. */
export function linkSignals(
  first: AbortSignal,
  second: AbortSignal | undefined,
): { signal: AbortSignal; unlink(): void } {
  if (second === undefined) return { signal: first, unlink: () => {} };
  const controller = new AbortController();
  const sources = [first, second];
  const listeners = sources.map((source) => () => controller.abort(source.reason));
  const unlink = (): void => {
    sources.forEach((source, i) => {
      source.removeEventListener('abort', listeners[i]!);
    });
  };
  sources.forEach((source, i) => {
    if (source.aborted) controller.abort(source.reason);
    else source.addEventListener('abort', listeners[i]!, { once: true });
  });
  return { signal: unbounded(controller.signal), unlink };
}

/** Every call under way listens: Node would take more than ten of them for a leak. */
function unbounded(signal: AbortSignal): AbortSignal {
  setMaxListeners(0, signal);
  return signal;
}
