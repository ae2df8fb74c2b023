// How long the event loop kept things waiting since it was last asked. A monitor of Node measures outside of
// JavaScript; this class owns it and must be disposed. It does not keep the process alive.
import { monitorEventLoopDelay } from "node:perf_hooks";

type Monitor = ReturnType<typeof monitorEventLoopDelay>;

/** How often the monitor looks. What it records is the whole time between two looks, so this much is no delay. */
const resolutionMs = 10;

export interface DelaySummary {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

export class EventLoopDelay implements Disposable {
  #monitor: Monitor | undefined;

  /**
   * `undefined` the first time, which starts the monitor, and when it has not yet looked since the last time.
   * A reset monitor measures from its next look on: what blocks within the first 10 ms after `take` goes unseen.
   */
  take(): DelaySummary | undefined {
    const monitor = this.#monitor ?? this.#start();
    const summary =
      monitor.count === 0
        ? undefined
        : {
            p50Ms: delay(monitor.percentile(50)),
            p99Ms: delay(monitor.percentile(99)),
            maxMs: delay(monitor.max),
          };
    monitor.reset();
    return summary;
  }

  [Symbol.dispose](): void {
    this.#monitor?.disable();
    this.#monitor = undefined;
  }

  #start(): Monitor {
    const monitor = monitorEventLoopDelay({ resolution: resolutionMs });
    monitor.enable();
    this.#monitor = monitor;
    return monitor;
  }
}

function delay(intervalNs: number): number {
  return Math.max(0, intervalNs / 1e6 - resolutionMs);
}
