/** What is watched on every HTTP/2 session: its handshake, its window, and how many calls its peer breaks off. */
import { constants, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';

export interface SessionLimits {
  /** How much the peer may send on the whole session before it waits for us. */
  windowBytes: number;
  maxResetsPerMinute: number;
}

export interface SessionListener {
  /** The peer's first frames were HTTP/2, and its settings have come. */
  onReady(session: ServerHttp2Session): void;
  /** The session was closed because its peer broke off too many calls. */
  onTooManyResets(session: ServerHttp2Session): void;
}

const MINUTE_MS = 60_000;

export function guardSession(
  session: ServerHttp2Session,
  limits: SessionLimits,
  listener: SessionListener,
): void {
  session.setLocalWindowSize(limits.windowBytes);
  session.once('remoteSettings', () => listener.onReady(session));
  const resets = new ResetCount(limits.maxResetsPerMinute);
  session.on('stream', (stream: ServerHttp2Stream) => {
    stream.once('close', () => {
      const isReset = stream.aborted || stream.rstCode !== constants.NGHTTP2_NO_ERROR;
      if (!isReset || !resets.isTooMany(performance.now()) || session.destroyed) return;
      session.destroy(undefined, constants.NGHTTP2_ENHANCE_YOUR_CALM);
      listener.onTooManyResets(session);
    });
  });
}

/** Resets within a minute, counted in windows of a minute each. */
export class ResetCount {
  #windowEndsMs = -Infinity;
  #count = 0;

  constructor(readonly maxPerMinute: number) {}

  /** Counts one more; true from the first beyond the limit on. */
  isTooMany(nowMs: number): boolean {
    if (nowMs >= this.#windowEndsMs) {
      this.#windowEndsMs = nowMs + MINUTE_MS;
      this.#count = 0;
    }
    this.#count++;
    return this.#count > this.maxPerMinute;
  }
}
