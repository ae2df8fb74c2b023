// The first four rows of the speed table: SQLite, every commit waits for the disk.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRuntime, type Runtime } from "escapement";
import { sqlite } from "escapement/sqlite";
import { percentile } from "./statistics.ts";

/** A runtime on a fresh file, with one action that does nothing; gone after `use`. */
async function onFreshFile<Result>(
  use: (runtime: Runtime) => Promise<Result>,
  concurrency = 2_000,
): Promise<Result> {
  const directory = mkdtempSync(join(tmpdir(), "escapement-bench-"));
  try {
    await using runtime = await createRuntime({
      storage: sqlite(join(directory, "bench.db")),
      work: { concurrency },
    });
    runtime.action("bench:nothing", { run: () => null });
    return await use(runtime);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Runs per second, acknowledged one by one, `callers` of them asking at the same time. */
export function enqueueRate(total: number, callers: number): Promise<number> {
  return onFreshFile(async (runtime) => {
    let left = total;
    const call = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        await runtime.runs.enqueue("bench:nothing", { number: left });
      }
    };
    const start = performance.now();
    await Promise.all(Array.from({ length: callers }, call));
    return (total / (performance.now() - start)) * 1_000;
  });
}

/** Runs per second from claim to settled, with history and journal written. */
export function drainRate(total: number): Promise<number> {
  return onFreshFile(async (runtime) => {
    const items = Array.from({ length: total }, (_, number) => ({
      action: "bench:nothing",
      input: { number },
    }));
    for (let from = 0; from < total; from += 5_000)
      await runtime.runs.enqueueMany(items.slice(from, from + 5_000));
    const start = performance.now();
    await runtime.start();
    let counts = await runtime.runs.counts();
    while (counts.succeeded < total) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      counts = await runtime.runs.counts();
    }
    return (total / (performance.now() - start)) * 1_000;
  });
}

/** Milliseconds of one awaited enqueue after another. */
export function enqueueLatency(times: number): Promise<{ p50: number; p99: number }> {
  return onFreshFile(async (runtime) => {
    const taken: number[] = [];
    for (let number = 0; number < times; number++) {
      const start = performance.now();
      await runtime.runs.enqueue("bench:nothing", { number });
      taken.push(performance.now() - start);
    }
    return { p50: percentile(taken, 50), p99: percentile(taken, 99) };
  });
}

/** Milliseconds from calling enqueue to the first line of the handler, on an idle node. */
export function startLatency(times: number): Promise<{ p50: number; p99: number }> {
  return onFreshFile(async (runtime) => {
    const taken: number[] = [];
    let begun = (_at: number): void => undefined;
    runtime.action("bench:stamp", { run: () => begun(performance.now()) });
    await runtime.start();
    for (let number = 0; number < times; number++) {
      const started = new Promise<number>((resolve) => {
        begun = resolve;
      });
      const start = performance.now();
      await runtime.runs.enqueue("bench:stamp", {});
      taken.push((await started) - start);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    return { p50: percentile(taken, 50), p99: percentile(taken, 99) };
  });
}
