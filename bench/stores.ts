// The rows of stores in the speed table, on a SQLite file where every commit waits for the disk.
// `node --conditions=source bench/stores.ts` measures them by themselves.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRuntime, type Runtime } from "escapement";
import { sqlite } from "escapement/sqlite";
import { z } from "zod";
import { median, percentile } from "./statistics.ts";

const schema = z.object({ field: z.string(), kind: z.string(), id: z.number(), n: z.number().default(0) });

function define(runtime: Runtime) {
  return runtime.stores.define("sample", { schema, key: ["field", "kind", "id"] });
}

async function onFreshFile<Result>(
  use: (store: ReturnType<typeof define>) => Promise<Result>,
): Promise<Result> {
  const directory = mkdtempSync(join(tmpdir(), "escapement-bench-"));
  try {
    await using runtime = await createRuntime({ storage: sqlite(join(directory, "bench.db")), work: false });
    return await use(define(runtime));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Reads of what is remembered, each awaited, over so many documents. */
function getRate(reads: number, documents: number): Promise<number> {
  return onFreshFile(async (store) => {
    const ids = Array.from({ length: documents }, (_, id) => id);
    await Promise.all(ids.map((id) => store.upsert({ field: "trust", kind: "k", id })));
    const once = async (): Promise<number> => {
      const start = performance.now();
      for (let read = 0; read < reads; read++) await store.get("trust", "k", read % documents);
      return (reads / (performance.now() - start)) * 1_000;
    };
    return median([await once(), await once(), await once(), await once(), await once()]);
  });
}

/** Upserts of different documents, so many callers in flight. */
function upsertRate(count: number, inFlight: number): Promise<number> {
  return onFreshFile(async (store) => {
    let id = 0;
    const start = performance.now();
    const work = async (): Promise<void> => {
      while (id < count) await store.upsert({ field: "trust", kind: "k", id: id++ });
    };
    await Promise.all(Array.from({ length: inFlight }, work));
    return (count / (performance.now() - start)) * 1_000;
  });
}

/** One adjustment after another of one document, each awaited: ms. */
function adjustLatency(count: number): Promise<readonly number[]> {
  return onFreshFile(async (store) => {
    await store.upsert({ field: "trust", kind: "k", id: 1 });
    const times: number[] = [];
    for (let n = 0; n < count; n++) {
      const start = performance.now();
      await store.adjust(["trust", "k", 1], "n", 1);
      times.push(performance.now() - start);
    }
    return times;
  });
}

const show = (rate: number): string => Math.round(rate).toLocaleString("en-US");
console.log(`get, remembered, 1 document      ${show(await getRate(1_000_000, 1))}/s`);
console.log(`get, remembered, 10,000 of them  ${show(await getRate(1_000_000, 10_000))}/s`);
console.log(`upsert, 500 callers in flight    ${show(await upsertRate(50_000, 500))}/s`);
const latency = await adjustLatency(2_000);
console.log(
  `adjust, one after another        p50 ${percentile(latency, 50).toFixed(2)} ms, p99 ${percentile(latency, 99).toFixed(2)} ms`,
);
