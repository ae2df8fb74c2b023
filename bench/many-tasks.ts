// A million registered tasks, ten thousand of them due within one minute: does every one fire, how late, at what memory?
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRuntime } from "escapement";
import { sqlite } from "escapement/sqlite";
import { percentile } from "./statistics.ts";

export interface ManyTasks {
  readonly registered: number;
  readonly registerPerSecond: number;
  readonly due: number;
  readonly fired: number;
  readonly latenessP50Ms: number;
  readonly latenessP99Ms: number;
  readonly memoryMb: number;
}

const registerAtOnce = 2_000;

/** Registers `total` tasks of which `due` fall due, one by one, within `spanMs`; then watches them fire in real time. */
export async function manyTasks(total: number, due: number, spanMs: number): Promise<ManyTasks> {
  const directory = mkdtempSync(join(tmpdir(), "escapement-bench-"));
  try {
    await using runtime = await createRuntime({ storage: sqlite(join(directory, "tasks.db")) });
    runtime.action("bench:nothing", { run: () => null });
    const lateness: number[] = [];
    runtime.observe({ onFire: (report) => lateness.push(...report.latenessMs) });

    const begin = performance.now();
    for (let from = 0; from < total - due; from += registerAtOnce) {
      const size = Math.min(registerAtOnce, total - due - from);
      await Promise.all(
        Array.from({ length: size }, (_, index) =>
          runtime.tasks.register({
            id: `idle-${from + index}`,
            type: "cron",
            schedule: "0 3 1 1 *",
            timezone: "Europe/Paris",
            action: "bench:nothing",
          }),
        ),
      );
    }
    const registerPerSecond = ((total - due) / (performance.now() - begin)) * 1_000;

    const first = Date.now() + 5_000;
    await Promise.all(
      Array.from({ length: due }, (_, index) =>
        runtime.tasks.register({
          id: `due-${index}`,
          type: "once",
          schedule: first + Math.floor((index * spanMs) / due),
          action: "bench:nothing",
        }),
      ),
    );
    await runtime.start();
    let memoryMb = 0;
    const end = first + spanMs + 2_000;
    while (Date.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, 250));
      memoryMb = Math.max(memoryMb, process.memoryUsage.rss() / 1_048_576);
    }
    const fired = (await runtime.runs.counts()).succeeded;
    return {
      registered: total,
      registerPerSecond,
      due,
      fired,
      latenessP50Ms: percentile(lateness, 50),
      latenessP99Ms: percentile(lateness, 99),
      memoryMb,
    };
  } finally {
    rmSync(directory, { recursive: true });
  }
}
