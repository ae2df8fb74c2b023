// How busy the processor was between two readings of its counters. Pure.
// Read through `node:os`: systeminformation reads the same counters with a blocking child process on Linux, which
// would stall the very event loop that is measured beside it.

/** The counters of one core: milliseconds since boot, as `os.cpus()` gives them. */
export interface CoreTimes {
  readonly user: number;
  readonly nice: number;
  readonly sys: number;
  readonly idle: number;
  readonly irq: number;
}

export interface CpuLoad {
  /** All cores together, 0 to 100. */
  readonly percent: number;
  readonly corePercents: readonly number[];
}

/** `undefined` when nothing can be said: no counters, no time between them, or another set of cores. */
export function cpuLoad(before: readonly CoreTimes[], after: readonly CoreTimes[]): CpuLoad | undefined {
  if (before.length !== after.length) return undefined;
  const spans = after.map((core, index) => spanOf(before[index], core));
  const total = spans.reduce((sum, span) => sum + span.totalMs, 0);
  const busy = spans.reduce((sum, span) => sum + span.busyMs, 0);
  if (total <= 0) return undefined;
  return {
    percent: percent(busy, total),
    corePercents: spans.map((span) => percent(span.busyMs, span.totalMs)),
  };
}

interface Span {
  readonly busyMs: number;
  readonly totalMs: number;
}

/** Idle counters are known to step back a little on Linux; a step back counts as nothing. */
function spanOf(before: CoreTimes | undefined, after: CoreTimes): Span {
  const passed = (field: keyof CoreTimes): number => Math.max(0, after[field] - (before?.[field] ?? 0));
  const busyMs = passed("user") + passed("nice") + passed("sys") + passed("irq");
  return { busyMs, totalMs: busyMs + passed("idle") };
}

function percent(part: number, whole: number): number {
  return whole <= 0 ? 0 : (100 * part) / whole;
}
