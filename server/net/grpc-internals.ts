/**
 * The parts of grpc-js that it has no public way to: all of them here, each looked for before it is used, so that a release without it
 * costs a limit or some speed, with a warning in the log, and not the broker. `test/server/grpc-internals.test.ts` holds that they are there.
 */
import type { EventEmitter } from 'node:events';
import type { ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import type { Server, ServerInterceptingCallInterface } from '@grpc/grpc-js';

interface CommonServerOptions {
  settings?: { initialWindowSize?: number };
}

/**
 * Lets clients send `bytes` on each stream before they wait for us; call it before there is an injector or a port. False if there is no way.
 *
 * Why: grpc-js leaves HTTP/2's default of 64 KiB, which halves the throughput, and its `flow_control_window` option is for clients only.
 */
export function openStreamWindows(server: Server, bytes: number): boolean {
  const { commonServerOptions } = server as unknown as { commonServerOptions?: CommonServerOptions };
  if (typeof commonServerOptions !== 'object') return false;
  commonServerOptions.settings = { ...commonServerOptions.settings, initialWindowSize: bytes };
  return true;
}

/** Calls back for every HTTP/2 session to come; call it when there is an injector. False if there is no way. */
export function onSession(server: Server, listener: (session: ServerHttp2Session) => void): boolean {
  const { http2Servers } = server as unknown as { http2Servers?: Map<EventEmitter, unknown> };
  if (!(http2Servers instanceof Map) || http2Servers.size === 0) return false;
  for (const http2Server of http2Servers.keys()) http2Server.on('session', listener);
  return true;
}

/** The HTTP/2 stream of a call, as the innermost interceptor gets it. */
export function http2StreamOf(call: ServerInterceptingCallInterface): ServerHttp2Stream | undefined {
  const { stream } = call as unknown as { stream?: ServerHttp2Stream };
  return typeof stream?.close === 'function' ? stream : undefined;
}

/** How the messages of a call are compressed (`identity`: not at all), as its client says. */
export function messageEncodingOf(call: ServerInterceptingCallInterface): string {
  const { incomingEncoding } = call as unknown as { incomingEncoding?: string };
  return typeof incomingEncoding === 'string' ? incomingEncoding : 'identity';
}
