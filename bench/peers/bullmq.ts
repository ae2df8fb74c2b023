// BullMQ in its best configuration of the same durability: addBulk, one worker with high concurrency, Redis with fsync always.
import { percentile } from "../statistics.ts";
import { loadPeer } from "./install.ts";

interface Bulk {
  readonly name: string;
  readonly data: unknown;
}
interface Queue {
  addBulk(jobs: readonly Bulk[]): Promise<unknown>;
  add(name: string, data: unknown): Promise<unknown>;
  obliterate(options: { force: boolean }): Promise<void>;
  close(): Promise<void>;
}
interface Worker {
  on(event: "completed", listener: () => void): void;
  run(): Promise<void>;
  close(): Promise<void>;
  waitUntilReady(): Promise<unknown>;
}
interface BullMq {
  readonly Queue: new (name: string, options: object) => Queue;
  readonly Worker: new (name: string, handler: () => Promise<unknown>, options: object) => Worker;
}

const bulk = 1_000;

async function withQueue<Result>(
  port: number,
  use: (queue: Queue, library: BullMq, connection: object) => Promise<Result>,
): Promise<Result> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a peer outside the lock file has no types here
  const library = (await loadPeer("bullmq")) as BullMq;
  const connection = { host: "127.0.0.1", port };
  const queue = new library.Queue("bench", { connection });
  try {
    return await use(queue, library, connection);
  } finally {
    await queue.obliterate({ force: true });
    await queue.close();
  }
}

export function bullEnqueueRate(port: number, total: number): Promise<number> {
  return withQueue(port, async (queue) => {
    const start = performance.now();
    await addAll(queue, total);
    return (total / (performance.now() - start)) * 1_000;
  });
}

async function addAll(queue: Queue, total: number): Promise<void> {
  const chunks = Array.from({ length: total / bulk }, (_, chunk) =>
    Array.from({ length: bulk }, (_item, index) => ({
      name: "nothing",
      data: { number: chunk * bulk + index },
    })),
  );
  // Four bulks in flight keep Redis busy while the next is being written.
  await Promise.all(
    [0, 1, 2, 3].map(async (lane) => {
      for (let index = lane; index < chunks.length; index += 4) await queue.addBulk(chunks[index] ?? []);
    }),
  );
}

export function bullDrainRate(port: number, total: number, concurrency: number): Promise<number> {
  return withQueue(port, async (queue, { Worker }, connection) => {
    await addAll(queue, total);
    const worker = new Worker("bench", () => Promise.resolve(null), {
      connection,
      concurrency,
      autorun: false,
    });
    await worker.waitUntilReady();
    const start = performance.now();
    await new Promise<void>((resolve) => {
      let done = 0;
      worker.on("completed", () => {
        done += 1;
        if (done === total) resolve();
      });
      void worker.run();
    });
    const rate = (total / (performance.now() - start)) * 1_000;
    await worker.close();
    return rate;
  });
}

export function bullStartLatency(port: number, times: number): Promise<{ p50: number; p99: number }> {
  return withQueue(port, async (queue, { Worker }, connection) => {
    const taken: number[] = [];
    let begun = (_at: number): void => undefined;
    const worker = new Worker("bench", () => Promise.resolve(begun(performance.now())), { connection });
    await worker.waitUntilReady();
    for (let number = 0; number < times; number++) {
      const started = new Promise<number>((resolve) => {
        begun = resolve;
      });
      const start = performance.now();
      await queue.add("nothing", { number });
      taken.push((await started) - start);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await worker.close();
    return { p50: percentile(taken, 50), p99: percentile(taken, 99) };
  });
}
