// One node as a process of its own. It works, enqueues, says which runs it was promised, and does what it is told:
// `block MS` stops its event loop, `quiet` ends its enqueueing, `stop` ends it as SIGTERM would.
// Arguments: storage, name, seed, how many ms its clock is off.
import { writeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const [, , address = "", name = "", seed = "", offMs = "0"] = process.argv;
const trueNow = Date.now;
// Before anything of ours is loaded: this machine's clock is simply wrong.
Date.now = () => trueNow() + Number(offMs);

const { createRuntime } = await import("../../src/runtime/create-runtime.ts");
const { EscapementError } = await import("../../src/base/errors.ts");
const { seededRandom } = await import("../../src/testing/seeded-random.ts");
const { openChaosStorage } = await import("./chaos-storage.ts");
const { addChaosWork, registerTick, someRuns } = await import("./chaos-work.ts");

const random = seededRandom(seed);
const quiet = new AbortController();

/** Until the storage is there: a node may be started while its server is away. */
async function patiently<Result>(work: () => Promise<Result>): Promise<Result> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!EscapementError.is(error) || error.family !== "unavailable") throw error;
      await sleep(100);
    }
  }
}

const runtime = await patiently(() =>
  createRuntime({ storage: openChaosStorage(address), node: name, lease: "2s", work: { concurrency: 20 } }),
);
addChaosWork(runtime, random);
await patiently(() => registerTick(runtime));
await patiently(() => runtime.start());

process.on("message", (message: string) => {
  const [verb, value] = message.split(" ");
  if (verb === "quiet") quiet.abort();
  if (verb === "block") Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(value));
  if (verb === "stop") void runtime.stop({ drain: "2s" }).then(() => process.exit(0));
});
// Written at once: what stands in a buffer when the process is killed was never said.
writeSync(1, "ready\n");

while (!quiet.signal.aborted) {
  try {
    const runs = await runtime.runs.enqueueMany(someRuns(random, 8));
    writeSync(1, runs.map((run) => `${run.id}\n`).join(""));
  } catch (error) {
    // Not acknowledged, so nothing was promised. Anything but an absent storage is a fault.
    if (!EscapementError.is(error) || error.family !== "unavailable") throw error;
  }
  await sleep(40);
}
