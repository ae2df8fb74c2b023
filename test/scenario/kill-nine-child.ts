// A process at work until it is killed: it enqueues without end and says each id only when it was acknowledged.
import { writeSync } from "node:fs";
import { createRuntime } from "../../src/runtime/create-runtime.ts";
import { sqlite } from "../../src/sqlite/sqlite-storage.ts";

const [, , file = ""] = process.argv;
const runtime = await createRuntime({ storage: sqlite(file), work: { concurrency: 20 } });
runtime.action("work:some", {
  run: () => new Promise<null>((resolve) => setTimeout(() => resolve(null), 3)),
});
await runtime.tasks.register({
  id: "often",
  type: "interval",
  schedule: "50ms",
  action: "work:some",
  overlap: "allow",
  missed: "all",
});
await runtime.start();
for (let number = 0; ; number++) {
  const runs = await Promise.all(
    [1, 2, 3, 4, 5].map((part) => runtime.runs.enqueue("work:some", { number, part })),
  );
  // Written before anything else happens: what stands there was acknowledged.
  writeSync(1, `${runs.map((run) => run.id).join("\n")}\n`);
}
