// The PostgreSQL rows of the speed table: a real server, every commit waits for the disk. Beside the time, the CPU that
// this process and the server used, because that says the same on a machine that is busy with other things.
import { readdirSync, readFileSync } from "node:fs";
import { createRuntime, type Runtime } from "escapement";
import { postgres } from "escapement/postgres";
import { Client } from "pg";

export interface Measured {
  readonly perSecond: number;
  /** Microseconds of CPU per run. */
  readonly nodeCpu: number;
  readonly serverCpu: number;
}

export interface Target {
  readonly url: string;
  /** The process of the server, for its CPU time. */
  readonly pid: number;
}

const schema = "bench";

/** A runtime on an empty schema, with one action that does nothing. */
async function onEmptySchema<Result>(
  target: Target,
  use: (runtime: Runtime, handled: { count: number }) => Promise<Result>,
  concurrency = 2_000,
): Promise<Result> {
  await execute(target, `DROP SCHEMA IF EXISTS ${schema} CASCADE`);
  await using runtime = await createRuntime({
    storage: postgres(target.url, { schema }),
    work: { concurrency },
    logger: console,
  });
  const handled = { count: 0 };
  runtime.action("bench:nothing", {
    run: () => {
      handled.count += 1;
      return null;
    },
  });
  return await use(runtime, handled);
}

/** From claim to settled, with history and journal written. */
export function postgresDrain(target: Target, total: number): Promise<Measured> {
  return onEmptySchema(target, async (runtime, handled) => {
    await fill(runtime, total);
    await execute(target, `VACUUM ANALYZE ${schema}.run; CHECKPOINT`);
    return measure(target, total, async () => {
      await runtime.start();
      while (handled.count < total || (await runtime.runs.counts()).succeeded < total)
        await new Promise((resolve) => setTimeout(resolve, 2));
    });
  });
}

/** Acknowledged one by one, `callers` of them asking at the same time. */
export function postgresEnqueue(target: Target, total: number, callers: number): Promise<Measured> {
  return onEmptySchema(target, (runtime) =>
    measure(target, total, async () => {
      let left = total;
      const call = async (): Promise<void> => {
        while (left > 0) {
          left -= 1;
          await runtime.runs.enqueue("bench:nothing", { number: left });
        }
      };
      await Promise.all(Array.from({ length: callers }, call));
    }),
  );
}

/** Lists of a thousand, one after the other. */
export function postgresEnqueueMany(target: Target, total: number): Promise<Measured> {
  return onEmptySchema(target, (runtime) => measure(target, total, () => fill(runtime, total, 1_000)));
}

async function fill(runtime: Runtime, total: number, size = 5_000): Promise<void> {
  const items = Array.from({ length: total }, (_, number) => ({
    action: "bench:nothing",
    input: { number },
  }));
  for (let from = 0; from < total; from += size)
    await runtime.runs.enqueueMany(items.slice(from, from + size));
}

export async function measure(target: Target, total: number, work: () => Promise<void>): Promise<Measured> {
  const node = process.cpuUsage();
  const server = serverCpuMs(target.pid);
  const start = performance.now();
  await work();
  const tookMs = performance.now() - start;
  const used = process.cpuUsage(node);
  return {
    perSecond: (total / tookMs) * 1_000,
    nodeCpu: (used.user + used.system) / total,
    serverCpu: ((serverCpuMs(target.pid) - server) * 1_000) / total,
  };
}

export async function execute(target: Target, sql: string): Promise<void> {
  const client = new Client(target.url);
  await client.connect();
  for (const statement of sql.split(";")) await client.query(statement);
  await client.end();
}

/** CPU of a process, its children, and those of them that have ended, in ms. Linux counts in hundredths of a second. */
export function serverCpuMs(pid: number): number {
  let ticks = 0;
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    const fields = statOf(entry);
    const isServer = entry === String(pid);
    if (fields === undefined || !(isServer || fields[1] === String(pid))) continue;
    ticks += Number(fields[11]) + Number(fields[12]);
    if (isServer) ticks += Number(fields[13]) + Number(fields[14]);
  }
  return ticks * 10;
}

/** The fields behind the name of the program: state, parent, … */
function statOf(pid: string): readonly string[] | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ");
  } catch {
    return undefined; // it has ended meanwhile
  }
}
