// `node --conditions=source bench/journal.ts [--postgres]`: how long it takes from the moment an event is handed in until a
// tail has it, in the same process on SQLite (every commit waits for the disk), and with --postgres between two nodes.
// Also how fast a tail catches up, an export is written and the whole journal is verified.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createRuntime, type Runtime } from "escapement";
import { postgres } from "escapement/postgres";
import { sqlite } from "escapement/sqlite";
import { postgresServer } from "../test/support/postgres-server.ts";
import { percentile } from "./statistics.ts";

const { values } = parseArgs({ options: { postgres: { type: "boolean", default: false } } });
const times = 400;
const bulk = 100_000;

if (values.postgres) await onPostgres();
else await onSqlite();

async function onSqlite(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "escapement-bench-"));
  try {
    await using runtime = await createRuntime({ storage: sqlite(join(directory, "bench.db")) });
    show("SQLite, FULL: note → a tail in the same process (ms)", await tailLatency(runtime, runtime));
    await measureBulk(runtime);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

async function onPostgres(): Promise<void> {
  await using server = await postgresServer();
  const open = (): Promise<Runtime> => createRuntime({ storage: postgres(server.url) });
  await using writer = await open();
  await using reader = await open();
  show("PostgreSQL: note on one node → a tail on another (ms)", await tailLatency(writer, reader));
  show("PostgreSQL: note → a tail in the same process (ms)", await tailLatency(writer, writer));
}

/** One event after another, with a pause between, as a quiet system has it. */
async function tailLatency(writer: Runtime, reader: Runtime): Promise<readonly number[]> {
  const taken: number[] = [];
  const tail = reader.journal.tail();
  let next = tail.next();
  await new Promise((resolve) => setTimeout(resolve, 300));
  for (let count = 0; count < times; count++) {
    const start = performance.now();
    const noted = writer.journal.note("bench.step", { count });
    await next;
    taken.push(performance.now() - start);
    await noted;
    next = tail.next();
    await new Promise((resolve) => setTimeout(resolve, 25 + (count % 10)));
  }
  await writer.journal.note("bench.end");
  await next;
  await tail.return();
  return taken;
}

async function measureBulk(runtime: Runtime): Promise<void> {
  runtime.action("bench:nothing", { run: () => null });
  const item = { action: "bench:nothing", input: {} };
  for (let made = 0; made < bulk; made += 5_000)
    await runtime.runs.enqueueMany(Array.from({ length: 5_000 }, () => item));
  await rate("a tail catches up (events/s)", async () => {
    for await (const { seq } of runtime.journal.tail({ after: 0 })) if (seq >= bulk) return;
  });
  await rate("a subscription with a handler that does nothing (events/s)", async () => {
    let left = bulk;
    await new Promise<void>((resolve) => {
      const handle = (): void => void ((left -= 1) === 0 && resolve());
      void runtime.journal.subscribe("bench", handle, { after: 0 });
    });
  });
  await rate("an export as JSON lines (events/s)", async () => {
    let length = 0;
    for await (const line of runtime.journal.export({ format: "jsonl", to: bulk })) length += line.length;
    return length;
  });
  await rate("verifying (events/s)", () => runtime.journal.verify({ to: bulk }));
}

async function rate(what: string, work: () => Promise<unknown>): Promise<void> {
  const start = performance.now();
  await work();
  console.log(`${what}: ${Math.round((bulk / (performance.now() - start)) * 1_000).toLocaleString("en")}`);
}

function show(what: string, taken: readonly number[]): void {
  const [p50, p99] = [percentile(taken, 50), percentile(taken, 99)];
  console.log(`${what}: p50 ${p50.toFixed(2)} · p99 ${p99.toFixed(2)}`);
}
