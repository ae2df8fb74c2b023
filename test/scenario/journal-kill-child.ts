// A process that writes into the journal, reads it by a subscription and archives it, all at once, until it is killed.
// Started by journal-kill.test.ts with the path of a database and the folder of an archive; says what it has handled.
import { writeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { createRuntime } from "../../src/runtime/create-runtime.ts";
import { sqlite } from "../../src/sqlite/index.ts";

const [, , file = "", archive = ""] = process.argv;
const runtime = await createRuntime({ storage: sqlite(file), archive, retention: { journal: 150 } });
// Written at once: what stands in a buffer when the process is killed was never said.
await runtime.journal.subscribe("log", (event) => void writeSync(1, `${event.seq}\n`), { after: 0 });
writeSync(1, "ready\n");

async function write(lane: number): Promise<never> {
  for (let count = 0; ; count++) {
    if (count % 5 === lane)
      await runtime.control.kill({ scope: `task:${lane}`, reason: "drill", actor: "user:ann" });
    else await runtime.journal.note("step", { lane, count });
    await sleep(1);
  }
}

async function archiveForEver(): Promise<never> {
  for (;;) {
    await runtime.retention.apply();
    await sleep(30);
  }
}

await Promise.all([write(0), write(1), write(2), archiveForEver()]);
