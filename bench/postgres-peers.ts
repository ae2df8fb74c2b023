// Escapement on PostgreSQL beside graphile-worker, in alternating rounds on one server, each measurement in a process of
// its own. `npm install --omit=optional graphile-worker@0.18.0` somewhere, and GRAPHILE_WORKER=that/node_modules/graphile-worker.
// Without it only our own rows are measured.
import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { postgresServer } from "../test/support/postgres-server.ts";
import {
  execute,
  measure,
  postgresDrain,
  postgresEnqueue,
  postgresEnqueueMany,
  type Measured,
  type Target,
} from "./postgres-runs.ts";
import { median } from "./statistics.ts";

const total = Number(process.env["BENCH_RUNS"] ?? 50_000);
const rounds = Number(process.env["BENCH_ROUNDS"] ?? 3);
const peer = process.env["GRAPHILE_WORKER"];

/** The parts of graphile-worker that are used here. */
interface Graphile {
  makeWorkerUtils(options: object): Promise<{
    migrate(): Promise<void>;
    addJobs(jobs: readonly object[]): Promise<unknown>;
    release(): Promise<void>;
  }>;
  run(options: object): Promise<{ stop(): Promise<void> }>;
  Logger: new (factory: () => () => void) => object;
}

const rows: Readonly<Record<string, (target: Target) => Promise<Measured>>> = {
  "escapement drain": (target) => postgresDrain(target, total),
  "graphile-worker drain": (target) => graphileDrain(target),
  "escapement enqueue, 1,000 callers": (target) => postgresEnqueue(target, total, 1_000),
  "escapement enqueueMany of 1,000": (target) => postgresEnqueueMany(target, total),
  "graphile-worker addJobs of 1,000": (target) => graphileAdd(target),
};

/** localQueue of 500 and batched completion: its best. Its history is empty: finished jobs are deleted. */
async function graphileDrain(target: Target): Promise<Measured> {
  const { graphile, utils } = await graphileOn(target);
  await addAll(utils, 5_000);
  await execute(target, "VACUUM ANALYZE graphile_worker._private_jobs; CHECKPOINT");
  const logger = new graphile.Logger(() => () => undefined);
  const counter = { done: 0 };
  const preset = {
    worker: {
      connectionString: target.url,
      concurrentJobs: 100,
      maxPoolSize: 20,
      localQueue: { size: 500 },
      completeJobBatchDelay: 0,
      failJobBatchDelay: 0,
      logger,
    },
  };
  const measured = await measure(target, total, async () => {
    const runner = await graphile.run({
      preset,
      taskList: {
        nothing: () => {
          counter.done += 1;
        },
      },
      noHandleSignals: true,
    });
    while (counter.done < total) await new Promise((resolve) => setTimeout(resolve, 5));
    await runner.stop();
  });
  await utils.release();
  return measured;
}

async function graphileAdd(target: Target): Promise<Measured> {
  const { utils } = await graphileOn(target);
  const measured = await measure(target, total, () => addAll(utils, 1_000));
  await utils.release();
  return measured;
}

async function graphileOn(target: Target): Promise<{
  readonly graphile: Graphile;
  readonly utils: Awaited<ReturnType<Graphile["makeWorkerUtils"]>>;
}> {
  const path = peer ?? "";
  const graphile: Graphile = createRequire(join(path, "package.json"))(path);
  await execute(target, "DROP SCHEMA IF EXISTS graphile_worker CASCADE");
  const logger = new graphile.Logger(() => () => undefined);
  const utils = await graphile.makeWorkerUtils({ connectionString: target.url, logger });
  await utils.migrate();
  return { graphile, utils };
}

async function addAll(utils: Awaited<ReturnType<Graphile["makeWorkerUtils"]>>, size: number): Promise<void> {
  for (let from = 0; from < total; from += size) {
    const count = Math.min(size, total - from);
    await utils.addJobs(
      Array.from({ length: count }, (_, index) => ({
        identifier: "nothing",
        payload: { number: from + index },
      })),
    );
  }
}

async function main(): Promise<void> {
  const [name, url, pid] = process.argv.slice(2);
  const row = name === undefined ? undefined : rows[name];
  if (row !== undefined && url !== undefined) {
    console.log(JSON.stringify(await row({ url, pid: Number(pid) })));
    return;
  }
  await using server = await postgresServer({ durable: true });
  const wanted = Object.keys(rows).filter(
    (name) => (peer !== undefined || !name.startsWith("graphile")) && name.includes(process.argv[2] ?? ""),
  );
  const results = new Map(wanted.map((name): [string, Measured[]] => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const name of wanted) {
      const args = [...process.execArgv, import.meta.filename, name, server.url, String(server.pid())];
      const measured: Measured = JSON.parse(
        execFileSync(process.execPath, args, { encoding: "utf8" }).trim().split("\n").at(-1) ?? "",
      );
      results.get(name)?.push(measured);
    }
  }
  for (const [name, all] of results) {
    const of = (key: keyof Measured): number => median(all.map((one) => one[key]));
    const rates = all.map((one) => Math.round(one.perSecond)).join(" ");
    const cpu = of("nodeCpu") + of("serverCpu");
    console.log(
      `${name.padEnd(36)} ${String(Math.round(of("perSecond"))).padStart(7)}/s  CPU ${cpu.toFixed(1)} µs (node ${of("nodeCpu").toFixed(1)}, server ${of("serverCpu").toFixed(1)})  rounds ${rates}`,
    );
  }
}

await main();
