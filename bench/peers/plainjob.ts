// plainjob on better-sqlite3, in one process, with the same durability as ours (WAL, synchronous FULL).
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadPeer } from "./install.ts";

interface Database {
  pragma(text: string): unknown;
}
interface Queue {
  addMany(type: string, data: readonly unknown[]): unknown;
  countJobs(filter: { status: number }): number;
  close(): void;
}
interface PlainJob {
  better(database: Database): object;
  defineQueue(options: object): Queue;
  defineWorker(
    type: string,
    handler: () => Promise<void>,
    options: object,
  ): { start(): Promise<void>; stop(): Promise<void> };
}

const done = 2;
const silent = { error() {}, warn() {}, info() {}, debug() {} };

async function onFreshFile<Result>(
  use: (queue: Queue, library: PlainJob) => Promise<Result>,
): Promise<Result> {
  const directory = mkdtempSync(join(tmpdir(), "escapement-plainjob-"));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a peer outside the lock file has no types here
  const [library, driver] = (await Promise.all([loadPeer("plainjob"), loadPeer("better-sqlite3")])) as [
    PlainJob,
    { default: new (path: string) => Database },
  ];
  const database = new driver.default(join(directory, "bench.db"));
  const queue = library.defineQueue({ connection: library.better(database), logger: silent });
  // plainjob sets synchronous = NORMAL by itself; this is the comparison at our durability.
  database.pragma("synchronous = FULL");
  try {
    return await use(queue, library);
  } finally {
    queue.close();
    rmSync(directory, { recursive: true });
  }
}

/** Jobs per second, added in bulks of 1,000. */
export function plainEnqueueRate(total: number): Promise<number> {
  return onFreshFile(async (queue) => {
    const start = performance.now();
    for (let from = 0; from < total; from += 1_000)
      queue.addMany(
        "nothing",
        Array.from({ length: 1_000 }, (_, index) => ({ number: from + index })),
      );
    return (total / (performance.now() - start)) * 1_000;
  });
}

export function plainDrainRate(total: number): Promise<number> {
  return onFreshFile(async (queue, library) => {
    queue.addMany(
      "nothing",
      Array.from({ length: total }, (_, number) => ({ number })),
    );
    const worker = library.defineWorker("nothing", () => Promise.resolve(), {
      queue,
      logger: silent,
      pollIntervall: 1,
    });
    const start = performance.now();
    void worker.start();
    while (queue.countJobs({ status: done }) < total) await new Promise((resolve) => setTimeout(resolve, 20));
    const rate = (total / (performance.now() - start)) * 1_000;
    await worker.stop();
    return rate;
  });
}
