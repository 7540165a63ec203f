/** Time as the store needs it: handed in, so that tests move it and a seed replays a run. */
export interface Clock {
  /** Milliseconds since 1970 UTC; may jump. For what people see: timestamps, retention. */
  wallMs(): number;
  /** Milliseconds since some moment; never goes back. For intervals. */
  monotonicMs(): number;
  /** Calls back once after `ms`, unless cancelled. Does not keep the process alive. */
  after(ms: number, callback: () => void): CancelTimer;
}

export type CancelTimer = () => void;

export const systemClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms).unref();
    return () => clearTimeout(timer);
  },
};
