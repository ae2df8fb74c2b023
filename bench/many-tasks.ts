// A million registered tasks, ten thousand of them due within one minute: does every one fire, how late, at what memory?
// They are registered in one process and watched in a fresh one: what counts is what a server with a million tasks needs.
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { createRuntime } from "escapement";
import { sqlite } from "escapement/sqlite";
import { percentile } from "./statistics.ts";

interface Watched {
  readonly fired: number;
  readonly latenessP50Ms: number;
  readonly latenessP99Ms: number;
  readonly memoryMb: number;
}

export interface ManyTasks extends Watched {
  readonly registered: number;
  readonly registerPerSecond: number;
  readonly due: number;
}

const registerAtOnce = 500;
/** From the last registration to the first due time. */
const leadMs = 8_000;

/** Registers `total` tasks of which `due` fall due, one by one, within `spanMs`; then watches them fire in real time. */
export async function manyTasks(total: number, due: number, spanMs: number): Promise<ManyTasks> {
  const directory = mkdtempSync(join(tmpdir(), "escapement-bench-"));
  const file = join(directory, "tasks.db");
  try {
    const begin = performance.now();
    await register(file, total - due, (index) => ({
      id: `idle-${index}`,
      type: "cron",
      schedule: "0 3 1 1 *",
      timezone: "Europe/Paris",
    }));
    const registerPerSecond = ((total - due) / (performance.now() - begin)) * 1_000;
    const first = Date.now() + leadMs;
    await register(file, due, (index) => ({
      id: `due-${index}`,
      type: "once",
      schedule: String(first + Math.floor((index * spanMs) / due)),
    }));
    const { stdout } = await promisify(execFile)(process.execPath, [
      ...process.execArgv,
      import.meta.filename,
      file,
      String(first + spanMs + 2_000),
    ]);
    const watched: Watched = JSON.parse(stdout);
    return { registered: total, registerPerSecond, due, ...watched };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

type Times = {
  readonly id: string;
  readonly type: "cron" | "once";
  readonly schedule: string;
  readonly timezone?: string;
};

async function register(file: string, count: number, task: (index: number) => Times): Promise<void> {
  await using runtime = await createRuntime({ storage: sqlite(file) });
  runtime.action("bench:nothing", { run: () => null });
  for (let from = 0; from < count; from += registerAtOnce) {
    const size = Math.min(registerAtOnce, count - from);
    await Promise.all(
      Array.from({ length: size }, (_, index) =>
        runtime.tasks.register({ ...task(from + index), action: "bench:nothing" }),
      ),
    );
  }
}

async function watch(file: string, until: number): Promise<Watched> {
  await using runtime = await createRuntime({ storage: sqlite(file) });
  runtime.action("bench:nothing", { run: () => null });
  const lateness: number[] = [];
  runtime.observe({ onFire: (report) => lateness.push(...report.latenessMs) });
  await runtime.start();
  let memoryMb = 0;
  while (Date.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 250));
    memoryMb = Math.max(memoryMb, process.memoryUsage.rss() / 1_048_576);
  }
  const { succeeded: fired } = await runtime.runs.counts();
  return {
    fired,
    latenessP50Ms: percentile(lateness, 50),
    latenessP99Ms: percentile(lateness, 99),
    memoryMb,
  };
}

const [, script = "", file, until] = process.argv;
if (import.meta.url === pathToFileURL(script).href && file !== undefined)
  console.log(JSON.stringify(await watch(file, Number(until))));
