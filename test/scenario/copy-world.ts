// Databases to be copied: one that a busy runtime has filled with everything there is, and what there is in one, all of it.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { createRuntime, type Runtime } from "../../src/index.ts";
import type { ProcessHandle } from "../../src/processes/process-handle.ts";
import { dumpTables } from "../../src/storage/dump-tables.ts";
import type { DumpKey, DumpRow } from "../../src/storage/dump.ts";
import type { Storage } from "../../src/storage/storage.ts";

// Every storage starts two threads, which compile the sources anew unless they may keep the result.
process.env["NODE_COMPILE_CACHE"] ??= fileURLToPath(new URL("../../.cache/compile", import.meta.url));

export interface Folder extends Disposable {
  readonly file: (name: string) => string;
}

export function folder(): Folder {
  const place = mkdtempSync(join(tmpdir(), "escapement-copy-"));
  return {
    file: (name) => join(place, name),
    [Symbol.dispose]: () => rmSync(place, { recursive: true, force: true }),
  };
}

/** The same in every runtime of these tests. */
export function defineCounter(runtime: Runtime): ProcessHandle<{ count: number }, { add: { by: number } }> {
  return runtime.process("counter", {
    state: z.object({ count: z.number() }),
    initial: () => ({ count: 0 }),
    snapshotEvery: 5,
    messages: {
      add: {
        input: z.object({ by: z.number() }),
        handle(state, { by }) {
          if (by < 0) throw new Error("no less");
          return { state: { count: state.count + by }, output: by };
        },
      },
    },
  });
}

export function defineActions(runtime: Runtime): void {
  runtime.action("work:do", { run: (input) => ({ did: input }) });
  runtime.action("work:gated", { run: (input) => input });
  runtime.action("work:fail", {
    retry: { attempts: 2, delay: 1 },
    run() {
      throw Object.assign(new TypeError('broken "as" ever\n'), { code: "EBROKEN" });
    },
  });
  runtime.action("work:steps", {
    async run(_input, ctx) {
      const one = await ctx.step("one", () => ({ deep: ["ü", null] }));
      await ctx.sleep("1d");
      return one;
    },
  });
  runtime.action("work:hold", {
    run: (_input, ctx) => new Promise((_, reject) => ctx.signal.addEventListener("abort", reject)),
  });
  runtime.action("work:lane", {
    concurrency: { limit: 1, key: () => "one" },
    run: () => new Promise(() => undefined),
  });
  runtime.action("work:rate", { rate: { limit: 1, per: "1d" }, run: () => "one a day" });
}

/**
 * Runs of every state, tasks with their ledger, steps, a sleep, lanes, limits, lines, keys, switches, clusters, notes. The
 * node is let go of without a stop, as by kill -9, where `kill` says so: then runs stand under it that nobody runs.
 */
export async function fill(storage: Storage, many = 200): Promise<void> {
  const embedder = { model: "letters", embed: async (texts: readonly string[]) => texts.map(lettersOf) };
  const runtime = await createRuntime({ storage, node: "filler", embedder });
  defineActions(runtime);
  const counter = defineCounter(runtime);
  await runtime.start();
  const { runs, tasks, control, journal, gate } = runtime;
  const counted = Array.from({ length: 24 }, (_, index) =>
    counter.send(`room-${index % 2}`, "add", { by: index === 7 ? -1 : index }, { key: `k${index}` }),
  );
  await Promise.all(counted);
  await counter.wait("room-0", 11);
  await counter.wait("room-1", 11);
  await runtime.processes.fork("counter/room-0", { at: 4, as: "room-0-fork" });
  await gate.set("action:work:gated", "stepper");
  await runs.enqueueMany([1, 2].map((input) => ({ action: "work:gated", input })));
  await gate.next("action:work:gated", { key: "first" });
  await tasks.register({
    id: "each",
    type: "interval",
    schedule: "20ms",
    action: "work:do",
    tags: ["a"],
    params: { é: 1 },
  });
  await tasks.register({
    id: "off",
    type: "cron",
    schedule: "0 9 * * *",
    timezone: "Europe/Paris",
    action: "work:do",
  });
  await tasks.register({ id: "off", type: "cron", schedule: "0 10 * * *", action: "work:do" });
  await tasks.stop("off", { note: "until spring" });
  const start = new Date(Date.now() - 3 * 86_400_000);
  await tasks.register({
    id: "past",
    type: "interval",
    schedule: "1d",
    action: "work:do",
    anchor: start,
    missed: "none",
    startAt: start,
  });
  const items = Array.from({ length: many }, (_, index) => ({
    action: index % 20 === 0 ? "work:fail" : "work:do",
    input: { index, text: "x".repeat(index % 50), odd: "\0\ud800'\"\\" },
    tags: [`t${index % 3}`, 'quo"ted, {}'],
    priority: index % 5,
  }));
  const made = await runs.enqueueMany(items);
  await runs.enqueue("work:do", "keyed", { key: "once" });
  await Promise.all([1, 2, 3].map((n) => runs.enqueue("work:hold", n, { fifo: "line" })));
  await runs.enqueueMany([1, 2, 3].map((input) => ({ action: "work:lane", input })));
  await runs.enqueueMany([1, 2].map((input) => ({ action: "work:rate", input })));
  const sleeper = await runs.enqueue("work:steps", {});
  const later = await runs.enqueue("work:do", "later", { delay: "2h", key: "later" });
  await runs.enqueue("work:do", "child", { parentId: later.id });
  const gone = await runs.enqueue("work:do", "gone", { delay: "1h" });
  await runs.cancel(gone.id, { reason: "no longer needed" });
  const { memory } = runtime;
  const { record } = await memory.append({
    content: "the first über-note about tides",
    metadata: { mood: "calm" },
  });
  await memory.append({ content: "a second about tides", parents: [record.id], namespace: "sea" });
  await memory.append({ content: new Uint8Array([0, 255, 10]), contentType: "application/octet-stream" });
  const secret = await memory.append({ content: "a secret tide" });
  await memory.forget(secret.record.id, { reason: "asked" });
  const purged = await memory.append({ content: "a purged tide" });
  await memory.purge(purged.record.id, { reason: "asked" });
  await memory.embedMissing();
  await memory.refs.set("head", record.id, null);
  const kept = runtime.stores.define("sample", {
    schema: z.object({ id: z.string(), n: z.number() }),
    key: ["id"],
  });
  for (let n = 0; n < 5; n++) await kept.upsert({ id: `a:${n}`, n });
  await kept.delete("a:0");
  await control.clusters.define("shop", { label: "Shop" });
  await control.limits.set("shop", { limit: 2.5, per: "1h", burst: 4 });
  await control.clusters.disable("shop", { reason: "sale" });
  await control.check({ cluster: "shop" });
  await journal.note("deploy.finished", { version: "1.2" }, { actor: "user:ann", subject: "deploy" });
  const reader = await journal.subscribe("copy-reader", () => undefined);
  await until(async () => {
    const { succeeded, failed, running } = await runs.counts();
    return succeeded + failed >= made.length && running >= 2;
  });
  await until(async () => (await runs.get(sleeper.id))?.state === "waiting");
  await reader.stop();
  await tasks.stop("each");
  await control.kill({
    scope: "action:work:other",
    reason: "drill",
    until: new Date(Date.now() + 86_400_000),
  });
  await control.kill({ reason: "nothing is handled from now on" });
  await counter.send("room-0", "add", { by: 100 }, { key: "held" });
  await counter.send("room-1", "add", { by: 100 });
  await runs.enqueue("work:do", "after", { tags: [] });
  await storage.settled();
}

function lettersOf(text: string): Float32Array {
  return Float32Array.from(["a", "e", "i", "o", "u"].map((letter) => 0.1 + text.split(letter).length));
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Every row of every table, as text. */
export async function everything(storage: Storage): Promise<Record<string, readonly DumpRow[]>> {
  const found: Record<string, readonly DumpRow[]> = {};
  for (const { name, key } of dumpTables) {
    const rows: DumpRow[] = [];
    let after: DumpKey | undefined;
    for (;;) {
      const page = await storage.dump.read({
        table: name,
        limit: 97,
        ...(after === undefined ? {} : { after }),
      });
      rows.push(...page);
      const last = page.at(-1);
      if (last === undefined) break;
      after = key.map((column) => keyOf(last[column]));
    }
    found[name] = rows;
  }
  return found;
}

function keyOf(value: unknown): string | number {
  if (typeof value === "number" || typeof value === "string") return value;
  throw new Error(`No key: ${String(value)}`);
}

/** What the nouns tell, in an order of their own. */
export async function told(runtime: Runtime): Promise<unknown> {
  const runs = [];
  let after: string | undefined;
  do {
    const page = await runtime.runs.list({ limit: 500, ...(after === undefined ? {} : { after }) });
    runs.push(...page.items);
    after = page.next;
  } while (after !== undefined);
  const tasks = await runtime.tasks.all();
  const ledger = await Promise.all(tasks.map(({ id }) => Array.fromAsync(runtime.tasks.occurrences(id))));
  const some = runs.find(({ state }) => state === "failed");
  return {
    counts: await runtime.runs.counts(),
    runs,
    tasks,
    ledger: ledger.map((lines) => lines.filter(({ reason }) => reason !== "paused")),
    skips: await runtime.tasks.skips(),
    control: await runtime.control.status(),
    gates: await runtime.gate.list(),
    records: (await runtime.memory.list()).items.map((one) => JSON.stringify(one)),
    refs: (await runtime.memory.refs.list()).items,
    found: (await runtime.memory.search({ text: "tides" })).hits.map(({ record, score }) => [
      record.id,
      score.toFixed(3),
    ]),
    processes: await Promise.all(
      (await runtime.processes.list()).items.map(async ({ id }) => [
        await runtime.processes.get(id),
        await runtime.processes.state(id).catch((error: Error) => error.message),
        await Array.fromAsync(runtime.processes.history(id)),
        await runtime.processes.verify(id),
        await runtime.journal.read({ subject: `process:${id}` }),
      ]),
    ),
    events: await runtime.journal.read({ after: 0, limit: 1_000 }),
    ofOne: await runtime.journal.read({ subject: `run:${some?.id}` }),
    verified: await runtime.journal.verify(),
  };
}
