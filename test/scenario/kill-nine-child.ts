// A process that works until it is killed: it enqueues as fast as it is answered, and says which runs it was promised.
// Started by kill-nine.test.ts with the path of a database and the name of the node.
import { writeSync } from "node:fs";
import { createRuntime } from "../../src/runtime/create-runtime.ts";
import { sqlite } from "../../src/sqlite/index.ts";
import { addWork } from "./kill-nine-work.ts";

const [, , file = "", node = ""] = process.argv;
const runtime = await createRuntime({ storage: sqlite(file), node });
addWork(runtime);
await runtime.tasks.register({
  id: "tick",
  type: "interval",
  schedule: 40,
  action: "work:do",
  overlap: "allow",
  missed: "all",
  missedLimit: 10_000,
});
await runtime.start();
// Written at once: what stands in a buffer when the process is killed was never said.
writeSync(1, "ready\n");

async function enqueueForEver(lane: number): Promise<never> {
  for (let count = 0; ; count++) {
    const runs =
      lane === 0
        ? await runtime.runs.enqueueMany(
            Array.from({ length: 5 }, () => ({ action: "work:do", input: { count } })),
          )
        : [await runtime.runs.enqueue("work:do", { count }, lane === 1 ? { fifo: "line" } : {})];
    writeSync(1, runs.map((run) => `${run.id}\n`).join(""));
    await new Promise((resolve) => setTimeout(resolve, 4));
  }
}

await Promise.all(Array.from({ length: 4 }, (_, lane) => enqueueForEver(lane)));
