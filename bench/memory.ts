// The rows of memory in the speed table: appends, gets and searches, on a SQLite file where every commit waits for the disk.
// `node --conditions=source bench/memory.ts [records]` measures them by themselves.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { createRuntime, type Runtime } from "escapement";
import { sqlite } from "escapement/sqlite";
import { seededRandom } from "escapement/testing";
import { percentile } from "./statistics.ts";

const random = seededRandom("bench");
const vocabulary = Array.from({ length: 30_000 }, (_, index) => `w${index.toString(36)}`);

/** Words as in a language: a few come often, most hardly ever. */
function word(): string {
  return vocabulary[Math.floor(vocabulary.length ** random.next()) - 1] ?? "w0";
}

function sentence(): string {
  return Array.from({ length: 10 }, word).join(" ");
}

async function onFreshFile<Result>(use: (runtime: Runtime) => Promise<Result>): Promise<Result> {
  const directory = mkdtempSync(join(tmpdir(), "escapement-bench-"));
  try {
    await using runtime = await createRuntime({ storage: sqlite(join(directory, "bench.db")), work: false });
    return await use(runtime);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Appends `count` records in batches, a few batches in flight; returns records per second. */
async function fill({ memory }: Runtime, count: number): Promise<number> {
  const batch = 500;
  const batches = Array.from({ length: Math.ceil(count / batch) }, (_, number) => number);
  const records = Array.from({ length: 20_000 }, () => ({
    namespace: `n${Math.floor(random.next() * 20)}`,
    content: sentence(),
    metadata: { tags: ["bench"] },
  }));
  const start = performance.now();
  const work = async (): Promise<void> => {
    for (let number = batches.pop(); number !== undefined; number = batches.pop()) {
      const from = (number * batch) % records.length;
      await memory.appendMany(records.slice(from, from + batch));
    }
  };
  await Promise.all([work(), work(), work(), work()]);
  return (count / (performance.now() - start)) * 1_000;
}

export function appendRate(count: number): Promise<number> {
  return onFreshFile((runtime) => fill(runtime, count));
}

/** One after the other, each awaited. */
export function awaitedAppendRate(count: number): Promise<number> {
  return onFreshFile(async ({ memory }) => {
    const start = performance.now();
    for (let number = 0; number < count; number++) await memory.append({ content: sentence() });
    return (count / (performance.now() - start)) * 1_000;
  });
}

/** By id, a thousand callers in flight. */
export function getRate(records: number, gets: number): Promise<number> {
  return onFreshFile(async (runtime) => {
    await fill(runtime, records);
    const { items } = await runtime.memory.list({ limit: 10_000 });
    const ids = items.map(({ id }) => id);
    let left = gets;
    const call = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        await runtime.memory.get(ids[left % ids.length] ?? "");
      }
    };
    const start = performance.now();
    await Promise.all(Array.from({ length: 1_000 }, call));
    return (gets / (performance.now() - start)) * 1_000;
  });
}

export interface SearchTimes {
  readonly p50: number;
  readonly p95: number;
  readonly worst: number;
}

/** In ms, over so many records, of texts of one to five words. */
export function searchTimes(records: number, searches: number): Promise<SearchTimes> {
  return onFreshFile(async (runtime) => {
    await fill(runtime, records);
    const times: number[] = [];
    for (let number = 0; number < searches; number++) {
      const text = Array.from({ length: 1 + (number % 5) }, word).join(" ");
      const namespace = number % 3 === 0 ? { namespace: `n${number % 20}` } : {};
      const start = performance.now();
      await runtime.memory.search({ text, ...namespace });
      times.push(performance.now() - start);
    }
    return { p50: percentile(times, 50), p95: percentile(times, 95), worst: Math.max(...times) };
  });
}

export interface VectorTimes extends SearchTimes {
  /** The longest that the main loop stood still while it searched, in ms. */
  readonly stoodStill: number;
}

/** In ms, exact, over so many vectors of 384 numbers. */
export function vectorTimes(vectors: number, searches: number): Promise<VectorTimes> {
  return onFreshFile(async ({ memory }) => {
    const draw = (): Float32Array => Float32Array.from({ length: 384 }, () => random.next() - 0.5);
    const batch = 1_000;
    for (let from = 0; from < vectors; from += batch) {
      const kept = await memory.appendMany(Array.from({ length: batch }, () => ({ content: sentence() })));
      const made = kept.map(({ record }) => ({ id: record.id, vector: draw() }));
      await memory.addVectors("bench", made);
    }
    // The first search fills the copy that is searched.
    await memory.search({ vector: draw(), model: "bench", mode: "vector" });
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const times: number[] = [];
    for (let number = 0; number < searches; number++) {
      const vector = draw();
      const start = performance.now();
      await memory.search({ vector, model: "bench", mode: "vector" });
      times.push(performance.now() - start);
    }
    delay.disable();
    const stoodStill = delay.max / 1e6;
    return { p50: percentile(times, 50), p95: percentile(times, 95), worst: Math.max(...times), stoodStill };
  });
}

if (import.meta.main) {
  const records = Number(process.argv[2] ?? 1_000_000);
  const small = Math.min(records, 200_000);
  console.log("appends per second, in batches:", Math.round(await appendRate(small)));
  console.log("appends per second, one by one:", Math.round(await awaitedAppendRate(5_000)));
  console.log("gets per second:", Math.round(await getRate(20_000, small)));
  console.log(`lexical search over ${records} records, ms:`, await searchTimes(records, 200));
  const vectors = Math.min(records, 100_000);
  console.log(`exact search over ${vectors} vectors, ms:`, await vectorTimes(vectors, 100));
}
