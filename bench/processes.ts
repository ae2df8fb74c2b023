// The rows of processes: SQLite, every commit waits for the disk.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRuntime, type Runtime } from "escapement";
import { sqlite } from "escapement/sqlite";
import { z } from "zod";

const state = z.object({ count: z.number() });
const input = z.object({ by: z.number() });

/** A process that counts, on a fresh file; gone after `use`. */
async function onFreshFile<Result>(
  use: (counter: ReturnType<typeof define>, runtime: Runtime) => Promise<Result>,
): Promise<Result> {
  const directory = mkdtempSync(join(tmpdir(), "escapement-bench-"));
  try {
    await using runtime = await createRuntime({ storage: sqlite(join(directory, "bench.db")) });
    return await use(define(runtime), runtime);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

// oxlint-disable-next-line typescript/explicit-function-return-type -- the type is what is wanted of it
function define(runtime: Runtime) {
  return runtime.process("counter", {
    state,
    initial: () => ({ count: 0 }),
    inbox: 10_000_000,
    messages: {
      add: { input, handle: (now, { by }) => ({ state: { count: now.count + by } }) },
    },
  });
}

/** `callers` send at the same time, each awaiting its answer, to `processes` in turn. */
async function sendAll(
  counter: ReturnType<typeof define>,
  { total, callers, processes }: { total: number; callers: number; processes: number },
): Promise<void> {
  let left = total;
  const call = async (_: unknown, caller: number): Promise<void> => {
    for (let turn = caller; left > 0; turn += callers) {
      left -= 1;
      await counter.send(`room-${turn % processes}`, "add", { by: 1 });
    }
  };
  await Promise.all(Array.from({ length: callers }, call));
}

/** Messages per second, acknowledged one by one; nobody handles them meanwhile. */
export function sendRate(total: number, callers: number, processes: number): Promise<number> {
  return onFreshFile(async (counter) => {
    const start = performance.now();
    await sendAll(counter, { total, callers, processes });
    return (total / (performance.now() - start)) * 1_000;
  });
}

/** Messages per second from the first call of send until the state behind the last message is committed. */
export function handledRate(total: number, callers: number, processes: number): Promise<number> {
  return onFreshFile(async (counter, runtime) => {
    await runtime.start();
    const start = performance.now();
    await sendAll(counter, { total, callers, processes });
    const each = total / processes;
    const rooms = Array.from({ length: processes }, (_, number) => `room-${number}`);
    await Promise.all(rooms.map((room) => counter.wait(room, each - 1)));
    const took = performance.now() - start;
    const { state: last } = await counter.state("room-0");
    if (last.count !== each) throw new Error(`room-0 stands at ${last.count} of ${each}`);
    return (total / took) * 1_000;
  });
}

/** Milliseconds of `state(at)` at places all over a process of `slots` messages. */
export function stateTimes(slots: number, times: number): Promise<number[]> {
  return onFreshFile(async (counter, runtime) => {
    await runtime.start();
    await sendAll(counter, { total: slots, callers: 1_000, processes: 1 });
    await counter.wait("room-0", slots - 1);
    const taken: number[] = [];
    for (let time = 0; time < times; time++) {
      const at = Math.floor((slots * (time + 0.37)) / times);
      const start = performance.now();
      const { state: found } = await counter.state("room-0", { at });
      taken.push(performance.now() - start);
      if (found.count !== at + 1) throw new Error(`slot ${at} has ${found.count}`);
    }
    return taken;
  });
}
