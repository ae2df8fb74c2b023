// Numbers for Prometheus: what the database knows is asked at each scrape, what only this node sees is counted as it
// happens, and the process tells about itself (event-loop delay, memory, CPU).
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Runtime } from "../runtime/runtime.ts";

/** From a millisecond to a minute. */
const latenessBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60];

export interface Metrics {
  readonly contentType: string;
  /** The text of one scrape. */
  read(): Promise<string>;
}

export function createMetrics(runtime: Runtime): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  observeFiring(runtime, registry);
  countSkips(runtime, registry);
  gaugeRuns(runtime, registry);
  return { contentType: registry.contentType, read: () => registry.metrics() };
}

function observeFiring(runtime: Runtime, registry: Registry): void {
  const registers = [registry];
  const lateness = new Histogram({
    name: "escapement_task_lateness_seconds",
    help: "How much later than due the runs of tasks were enqueued, on this node.",
    buckets: latenessBuckets,
    registers,
  });
  runtime.observe({
    onFire(report) {
      for (const ms of report.latenessMs) lateness.observe(Math.max(0, ms) / 1_000);
    },
  });
}

/** From the database: also what was skipped by an edit, by a start after a stop, or on another node. */
function countSkips(runtime: Runtime, registry: Registry): void {
  const skips = new Counter({
    name: "escapement_task_skips_total",
    help: "Nominal times that were skipped since the beginning, by reason, in the whole database.",
    labelNames: ["reason"],
    registers: [registry],
    async collect() {
      this.reset();
      for (const [reason, count] of Object.entries(await runtime.tasks.skips())) this.inc({ reason }, count);
    },
  });
  skips.reset();
}

function gaugeRuns(runtime: Runtime, registry: Registry): void {
  const registers = [registry];
  const runs = new Gauge({
    name: "escapement_runs",
    help: "Runs by state, in the whole database; the finished ones since the beginning.",
    labelNames: ["state"],
    registers,
    async collect() {
      for (const [state, count] of Object.entries(await runtime.runs.counts())) this.set({ state }, count);
    },
  });
  const handlers = new Gauge({
    name: "escapement_active_handlers",
    help: "Handlers under way on this node.",
    registers,
    collect() {
      this.set(runtime.activeRuns());
    },
  });
  runs.set({ state: "waiting" }, 0);
  handlers.set(0);
}
