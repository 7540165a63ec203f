/** How long is too long, told apart from a process that was stopped for a while. */
import type { CancelTimer, Clock } from '../../segment-store/index.js';

const SLICES = 10;

/**
 * Calls back when `timeoutMs` have passed in which this process ran, unless it is cancelled before.
 *
 * Who was stopped (a signal, a suspended machine) and goes on finds its timers due at once, before it hears of what has ended meanwhile. So the time is counted in slices, and a pause
 * counts as one of them at most.
 */
export function watchForHang(clock: Clock, timeoutMs: number, onHang: () => void): CancelTimer {
  let slicesLeft = SLICES;
  let cancel: CancelTimer = () => {};
  const wait = (): void => {
    cancel = clock.after(timeoutMs / SLICES, () => {
      slicesLeft -= 1;
      if (slicesLeft === 0) onHang();
      else wait();
    });
  };
  wait();
  return () => cancel();
}
