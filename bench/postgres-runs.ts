// The PostgreSQL rows of the speed table: a real server, every commit waits for the disk. Beside the time, the CPU that
// this process and the server used, because that says the same on a machine that is busy with other things.
import { readdirSync, readFileSync } from "node:fs";
import { createRuntime, type Runtime } from "escapement";
import { postgres } from "escapement/postgres";
import { Client } from "pg";
import { idFloor } from "../src/base/id.ts";

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

/** A runtime with one action that does nothing, on a schema with no live runs and an empty journal. */
async function onSchema<Result>(
  target: Target,
  schema: string,
  use: (runtime: Runtime, handled: { count: number }) => Promise<Result>,
): Promise<Result> {
  await using runtime = await createRuntime({
    storage: postgres(target.url, { schema }),
    work: { concurrency: 2_000 },
    logger: console,
  });
  await execute(
    target,
    `TRUNCATE ${schema}.run; TRUNCATE ${schema}.journal_inbox; TRUNCATE ${schema}.journal`,
  );
  const handled = { count: 0 };
  runtime.action("bench:nothing", {
    run: () => {
      handled.count += 1;
      return null;
    },
  });
  return await use(runtime, handled);
}

async function onEmptySchema<Result>(
  target: Target,
  use: (runtime: Runtime) => Promise<Result>,
): Promise<Result> {
  await execute(target, `DROP SCHEMA IF EXISTS ${schema} CASCADE`);
  return onSchema(target, schema, use);
}

/** From claim to settled, with history and journal written; what a schema has in its history stays there. */
export async function postgresDrain(target: Target, total: number, schema: string): Promise<Measured> {
  if (schema === "bench") await execute(target, "DROP SCHEMA IF EXISTS bench CASCADE");
  return onSchema(target, schema, async (runtime, handled) => {
    await fill(runtime, total, { size: 5_000, inFlight: 1 });
    await execute(target, `VACUUM ANALYZE ${schema}.run; CHECKPOINT`);
    return measure(target, total, async () => {
      await runtime.start();
      while (handled.count < total || (await runtime.runs.counts()).running > 0)
        await new Promise((resolve) => setTimeout(resolve, 2));
    });
  });
}

/** A schema with so many finished runs, made by the database itself: about 250 bytes each with their index. */
export async function fillHistory(target: Target, finished: number, schema: string): Promise<void> {
  await onSchema(target, schema, () => Promise.resolve());
  // Of yesterday: old enough to lie before everything new, too young for retention.
  const at = Date.now() - 86_400_000;
  const made = idFloor(at).slice(0, 10);
  await execute(
    target,
    `INSERT INTO ${schema}.run_history (priority, due_at, scheduled_for, max_attempts, passes, started_at, finished_at,
        attempt, pass, id, state, node, action, params, result)
      SELECT 0, ${at}, ${at}, 3, 1, ${at}, ${at + 5}, 1, 1, '${made}' || lpad(n::text, 16, '0'), 'succeeded', 'host-1-abcdef',
        'bench:nothing', '{"number":' || n || '}', 'null'
      FROM generate_series(1, ${finished}) AS n;
    VACUUM ANALYZE ${schema}.run_history; CHECKPOINT`,
  );
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

/** Lists of a thousand, so many at the same time. */
export function postgresEnqueueMany(target: Target, total: number, inFlight: number): Promise<Measured> {
  return onEmptySchema(target, (runtime) =>
    measure(target, total, () => fill(runtime, total, { size: 1_000, inFlight })),
  );
}

interface Lists {
  readonly size: number;
  readonly inFlight: number;
}

async function fill(runtime: Runtime, total: number, { size, inFlight }: Lists): Promise<void> {
  let next = 0;
  const add = async (): Promise<void> => {
    while (next < total) {
      const from = next;
      next += size;
      const count = Math.min(size, total - from);
      await runtime.runs.enqueueMany(
        Array.from({ length: count }, (_, index) => ({
          action: "bench:nothing",
          input: { number: from + index },
        })),
      );
    }
  };
  await Promise.all(Array.from({ length: inFlight }, add));
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
