// The PostgreSQL rows of the speed table beside graphile-worker: alternating rounds on one server whose commits wait for
// the disk, each measurement in a process of its own, medians, and the figures kept in bench/results/.
// `node --conditions=source bench/postgres-peers.ts [part of a row's name]`; BENCH_ROUNDS, BENCH_RUNS, BENCH_HISTORY.
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, loadavg, release, totalmem } from "node:os";
import { join } from "node:path";
import { postgresServer } from "../test/support/postgres-server.ts";
import { fsyncLatency } from "./disk.ts";
import { graphileAdd, graphileDrain } from "./peers/graphile-worker.ts";
import { peerVersions } from "./peers/install.ts";
import {
  fillHistory,
  postgresDrain,
  postgresEnqueue,
  postgresEnqueueMany,
  type Measured,
  type Target,
} from "./postgres-runs.ts";
import { median } from "./statistics.ts";

const total = Number(process.env["BENCH_RUNS"] ?? 200_000);
const rounds = Number(process.env["BENCH_ROUNDS"] ?? 5);
const finished = Number(process.env["BENCH_HISTORY"] ?? 5_000_000);

const rows: Readonly<Record<string, (target: Target) => Promise<Measured>>> = {
  "escapement drain": (target) => postgresDrain(target, total, "bench"),
  "escapement drain, full history": (target) => postgresDrain(target, total, "bench_history"),
  "graphile-worker drain": (target) => graphileDrain(target, total),
  "escapement enqueue, 1,000 callers": (target) => postgresEnqueue(target, total, 1_000),
  "escapement enqueueMany of 1,000": (target) => postgresEnqueueMany(target, total, 1),
  "graphile-worker addJobs of 1,000": (target) => graphileAdd(target, total, 1),
  "escapement enqueueMany of 1,000, 4 at a time": (target) => postgresEnqueueMany(target, total, 4),
  "graphile-worker addJobs of 1,000, 4 at a time": (target) => graphileAdd(target, total, 4),
};

/** How a row is measured in a process of its own. */
async function measureRow(name: string, target: Target): Promise<void> {
  const row = rows[name];
  if (row === undefined) throw new Error(`There is no row "${name}".`);
  console.log(JSON.stringify(await row(target)));
}

function measureApart(name: string, target: Target): Measured {
  const args = [...process.execArgv, import.meta.filename, name, target.url, String(target.pid)];
  const printed = execFileSync(process.execPath, args, { encoding: "utf8" });
  const measured: Measured = JSON.parse(printed.trim().split("\n").at(-1) ?? "");
  return measured;
}

async function measureAll(wanted: readonly string[]): Promise<void> {
  await using server = await postgresServer({ durable: true });
  const target = { url: server.url, pid: server.pid() };
  const [version] = await server.execute("SELECT current_setting('server_version') AS version");
  if (wanted.includes("escapement drain, full history")) await fillHistory(target, finished, "bench_history");
  const loadBefore = loadavg();
  const results = new Map(wanted.map((name): [string, Measured[]] => [name, []]));
  for (let round = 1; round <= rounds; round++) {
    for (const name of wanted) {
      const measured = measureApart(name, target);
      results.get(name)?.push(measured);
      console.error(`round ${round}: ${name} ${Math.round(measured.perSecond)}/s`);
    }
  }
  const figures = Array.from(results, ([row, all]) => figuresOf(row, all));
  for (const { row, perSecond, nodeCpu, serverCpu } of figures)
    console.log(
      `${row.padEnd(46)} ${String(perSecond).padStart(7)}/s  CPU of a run: node ${nodeCpu} µs, server ${serverCpu} µs`,
    );
  const about = { postgres: version?.["version"], total, finished, loadBefore, loadAfter: loadavg() };
  keep({ ...about, rounds, results: figures });
}

function figuresOf(
  row: string,
  all: readonly Measured[],
): Measured & { readonly row: string; readonly all: readonly number[] } {
  const of = (key: keyof Measured): number => Math.round(median(all.map((one) => one[key])) * 10) / 10;
  return {
    row,
    perSecond: Math.round(of("perSecond")),
    nodeCpu: of("nodeCpu"),
    serverCpu: of("serverCpu"),
    all: all.map((one) => Math.round(one.perSecond)),
  };
}

function keep(figures: object): void {
  const machine = {
    cpu: cpus()[0]?.model,
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    fsyncMs: fsyncLatency(200),
  };
  const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
  const day = new Date().toISOString().slice(0, 10);
  const peer = `graphile-worker ${peerVersions["graphile-worker"]}`;
  const directory = join(import.meta.dirname, "results");
  mkdirSync(directory, { recursive: true });
  writeFileSync(
    join(directory, `${day}-postgres.json`),
    `${JSON.stringify({ day, commit, peer, machine, ...figures }, null, 2)}\n`,
  );
}

const [name = "", url, pid] = process.argv.slice(2);
if (url === undefined) await measureAll(Object.keys(rows).filter((row) => row.includes(name)));
else await measureRow(name, { url, pid: Number(pid) });
