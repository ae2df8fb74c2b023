// The clock port: the only way to learn the time or to wait for it.
// The system clock below is the one place that reads `Date.now` and sets timers; `escapement/testing` has a virtual one.

/** Milliseconds since 1970-01-01T00:00:00Z. */
export type Instant = number;

export interface Timer {
  cancel(): void;
}

export interface Clock {
  now(): Instant;
  /** Milliseconds that never go backwards, for measuring; the origin is arbitrary. */
  elapsed(): number;
  /** Calls `fire` once, at `at` or as soon as possible afterwards, however far away `at` is. */
  timer(at: Instant, fire: () => void): Timer;
}

/** The longest wait handed to `setTimeout`; also bounds how late a jump of the system clock is noticed. */
const longestWaitMs = 60_000;

/** A clock that shows `now` and wakes by it, also when it is set meanwhile. */
export function clockOver(now: () => Instant): Clock {
  return {
    now,
    elapsed: () => performance.now(),
    timer(at, fire) {
      let handle: NodeJS.Timeout | undefined;
      const wait = (): void => {
        const left = at - now();
        if (left <= 0) handle = setTimeout(fire, 0);
        else handle = setTimeout(left > longestWaitMs ? wait : arrive, Math.min(left, longestWaitMs));
      };
      // A timer of Node may fire up to a millisecond early by the wall clock.
      const arrive = (): void => (now() < at ? wait() : fire());
      wait();
      return { cancel: () => clearTimeout(handle) };
    },
  };
}

export const systemClock: Clock = clockOver(() => Date.now());

/** Resolves at `at`; rejects with the signal's reason when it aborts first. */
export function sleepUntil(clock: Clock, at: Instant, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(signal.reason);
    const abort = (): void => {
      timer.cancel();
      reject(signal?.reason);
    };
    const timer = clock.timer(at, () => {
      signal?.removeEventListener("abort", abort);
      resolve();
    });
    signal?.addEventListener("abort", abort, { once: true });
  });
}
