// `npm run bench [-- row …] [--quick]`: measures the rows of the speed table on this machine, alternating rounds, medians,
// and keeps the figures with the machine they were taken on in bench/results/.
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { fsyncLatency } from "./disk.ts";
import { manyTasks } from "./many-tasks.ts";
import { bullDrainRate, bullEnqueueRate, bullStartLatency } from "./peers/bullmq.ts";
import { plainDrainRate, plainEnqueueRate } from "./peers/plainjob.ts";
import { startRedis } from "./peers/redis.ts";
import { drainRate, enqueueLatency, enqueueRate, startLatency } from "./sqlite-runs.ts";
import { handledRate, sendRate, stateTimes } from "./processes.ts";
import { median, percentile } from "./statistics.ts";

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: "string", default: "5" },
    quick: { type: "boolean", default: false },
    peers: { type: "boolean", default: false },
  },
});
const redis = options.peers ? await startRedis() : undefined;
if (options.peers && redis === undefined)
  console.error("no redis-server on the PATH: the rows of BullMQ are left out");
const rounds = options.quick ? 1 : Number(options.rounds);

interface Row {
  readonly name: string;
  readonly what: string;
  measure(): Promise<Readonly<Record<string, number>>>;
}

const rows: readonly Row[] = [
  {
    name: "enqueue",
    what: "SQLite, FULL: enqueue, 1,000 callers in flight, each acknowledged (runs/s)",
    measure: async () => {
      const perSecond = await enqueueRate(200_000, 1_000);
      const figures = await beside(
        { perSecond },
        "bullmq",
        redis && ((port) => bullEnqueueRate(port, 50_000)),
      );
      return options.peers ? { ...figures, plainjobBulk: await plainEnqueueRate(50_000) } : figures;
    },
  },
  {
    name: "drain",
    what: "SQLite, FULL: 100,000 no-op runs from claim to settled, history and journal written (runs/s)",
    measure: async () => {
      const perSecond = await drainRate(100_000);
      const figures = await beside(
        { perSecond },
        "bullmq",
        redis && ((port) => bullDrainRate(port, 30_000, 200)),
      );
      if (!options.peers) return figures;
      const plainjob = await plainDrainRate(5_000);
      return { ...figures, plainjob, timesPlainjob: perSecond / plainjob };
    },
  },
  {
    name: "one",
    what: "SQLite, FULL: one awaited enqueue after another, beside an fsync of the same disk (ms)",
    measure: async () => {
      const { p50, p99 } = await enqueueLatency(1_000);
      return { p50, p99, fsyncP50: fsyncLatency(500) };
    },
  },
  {
    name: "start",
    what: "SQLite, FULL: enqueue → handler starts, idle node (ms)",
    measure: async () => {
      const { p50, p99 } = await startLatency(500);
      if (redis === undefined) return { p50, p99 };
      const peer = await bullStartLatency(redis.port, 300);
      return { p50, p99, bullmqP50: peer.p50, bullmqP99: peer.p99 };
    },
  },
  {
    name: "processes",
    what: "SQLite, FULL: messages of processes sent by 1,000 callers, each acknowledged; until the state is committed (messages/s)",
    measure: async () => ({
      sentToOne: await sendRate(100_000, 1_000, 1),
      sentTo1000: await sendRate(100_000, 1_000, 1_000),
      handledByOne: await handledRate(100_000, 1_000, 1),
      handledBy1000: await handledRate(200_000, 1_000, 1_000),
    }),
  },
  {
    name: "state",
    what: "SQLite, FULL: state(at) of a process of 1,000,000 messages (ms)",
    measure: async () => {
      const taken = await stateTimes(options.quick ? 100_000 : 1_000_000, 200);
      return { p50: percentile(taken, 50), p99: percentile(taken, 99) };
    },
  },
  {
    name: "tasks",
    what: "1,000,000 tasks registered, 10,000 due within a minute",
    measure: async () => {
      const { fired, due, ...rest } = await manyTasks(options.quick ? 50_000 : 1_000_000, 10_000, 60_000);
      return { ...rest, missing: due - fired };
    },
  },
];

const long = new Set(["tasks", "state"]);
/** The million tasks and the million messages take minutes: only when asked for. */
const chosen =
  positionals.length === 0
    ? rows.filter((row) => !long.has(row.name))
    : rows.filter((row) => positionals.includes(row.name));
const measured = new Map<string, Readonly<Record<string, number>>[]>(chosen.map((row) => [row.name, []]));
for (let round = 0; round < rounds; round++) {
  for (const row of chosen) {
    const figures = await row.measure();
    measured.get(row.name)?.push(figures);
    console.error(`round ${round + 1}: ${row.name} ${shown(figures)}`);
  }
}

await redis?.stop();

const results = chosen.map((row) => ({
  row: row.name,
  what: row.what,
  ...mediansOf(measured.get(row.name) ?? []),
}));
for (const { what, row: _row, ...figures } of results) console.log(`${what}\n    ${shown(figures)}`);

const machine = {
  cpu: cpus()[0]?.model,
  cores: cpus().length,
  memoryGb: Math.round(totalmem() / 2 ** 30),
  kernel: release(),
  node: process.version,
};
const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
const day = new Date().toISOString().slice(0, 10);
const directory = join(import.meta.dirname, "results");
mkdirSync(directory, { recursive: true });
writeFileSync(
  join(directory, `${day}-${chosen.map((row) => row.name).join("-")}.json`),
  `${JSON.stringify({ day, commit, machine, rounds, results }, null, 2)}\n`,
);

/** The same work done by a peer, right after ours. */
async function beside(
  ours: { readonly perSecond: number },
  name: string,
  measure: ((port: number) => Promise<number>) | undefined,
): Promise<Record<string, number>> {
  if (measure === undefined || redis === undefined) return { ...ours };
  const peer = await measure(redis.port);
  return { ...ours, [name]: peer, [`times_${name}`]: ours.perSecond / peer };
}

function mediansOf(figures: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const names = Object.keys(figures[0] ?? {});
  return Object.fromEntries(
    names.map((name) => [name, median(figures.map((figure) => figure[name] ?? Number.NaN))]),
  );
}

function shown(figures: Readonly<Record<string, unknown>>): string {
  return Object.entries(figures)
    .map(
      ([name, value]) =>
        `${name} ${typeof value === "number" && value < 100 ? value.toFixed(2) : Math.round(Number(value)).toLocaleString("en")}`,
    )
    .join(" · ");
}
