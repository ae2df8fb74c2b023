// The world of the simulation: one disk that outlives every process, one virtual clock, and one process at a time on it,
// whose runtime can be stopped or can die. Everything that happens follows from the seed.
import type { Random } from "../../src/base/random.ts";
import { createRuntime } from "../../src/runtime/create-runtime.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";
import { sqlite } from "../../src/sqlite/index.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { seededRandom, testClock, type TestClock } from "../../src/testing/index.ts";
import { MortalClock } from "../support/mortal-clock.ts";
import { storageOver } from "../support/storage-over.ts";

interface Process {
  readonly runtime: Runtime;
  readonly clock: MortalClock;
  /** A process that is gone hears nothing. */
  readonly silence: () => void;
}

export class SimWorld {
  readonly clock: TestClock;
  readonly random: Random;
  readonly disk: Storage;
  #process: Process;
  #starts = 0;

  private constructor(random: Random, clock: TestClock, disk: Storage, process: Process) {
    this.random = random;
    this.clock = clock;
    this.disk = disk;
    this.#process = process;
  }

  static async create(seed: string, startAt: number): Promise<SimWorld> {
    const clock = testClock(startAt);
    const disk = sqlite(":memory:");
    await disk.open();
    clock.attach(() => disk.settled());
    const random = seededRandom(seed);
    const world = new SimWorld(random, clock, disk, await boot(disk, clock, random, 0));
    await world.#work();
    return world;
  }

  get runtime(): Runtime {
    return this.#process.runtime;
  }

  /** The process is gone: nothing is handed back, no lease is given up, its timers never ring. */
  async crash(): Promise<void> {
    this.#process.clock.kill();
    this.#process.silence();
    await this.#next();
  }

  async restart(): Promise<void> {
    await this.runtime.stop({ drain: 0 });
    this.#process.clock.kill();
    this.#process.silence();
    await this.#next();
  }

  async end(): Promise<void> {
    await this.runtime.stop({ drain: 0 });
    await this.disk.close();
  }

  async #next(): Promise<void> {
    this.#starts += 1;
    this.#process = await boot(this.disk, this.clock, this.random, this.#starts);
    await this.#work();
  }

  /** A handler that takes some time, or none, or for ever; and that fails now and then. */
  async #work(): Promise<void> {
    const { runtime, clock } = this.#process;
    runtime.action("sim:work", {
      retry: { attempts: 2, delay: "20s" },
      timeout: "45m",
      run: (_input, ctx) => {
        const fate = this.random.next();
        const minutes = fate < 0.4 ? 0 : Math.floor(this.random.next() * 25);
        if (fate > 0.97) return new Promise<null>(() => undefined);
        return new Promise<null>((resolve, reject) => {
          clock.timer(ctx.now() + minutes * 60_000, () =>
            fate > 0.85 ? reject(new Error("bad luck")) : resolve(null),
          );
        });
      },
    });
    await runtime.start();
    await this.clock.settle();
  }
}

async function boot(disk: Storage, clock: TestClock, random: Random, start: number): Promise<Process> {
  const mortal = new MortalClock(clock);
  let silent = false;
  const storage = storageOver(disk, {
    open: () => Promise.resolve(),
    close: () => Promise.resolve(),
    onCommit: (listener) => disk.onCommit((hint) => void (silent || listener(hint))),
  });
  // Ids are drawn anew by every process, as they are in the world.
  const runtime = await createRuntime({
    storage,
    clock: mortal,
    random: seededRandom(`${random.next()} ${start}`),
    node: "sim",
  });
  return { runtime, clock: mortal, silence: () => void (silent = true) };
}
