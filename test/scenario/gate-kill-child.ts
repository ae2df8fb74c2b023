// A process that presses until it is killed, each time with a key of its own, and says which presses were answered.
// Started by gate-kill.test.ts with the path of a database and the number of the first key.
import { writeSync } from "node:fs";
import { sqlite } from "../../src/sqlite/index.ts";

const [, , file = "", first = "0"] = process.argv;
const storage = sqlite(file);
await storage.open();
writeSync(1, "ready\n");
for (let count = Number(first); ; count++) {
  const answer = await storage.gate.next({
    scope: "all",
    actor: "user:child",
    key: `key-${count}`,
    now: Date.now(),
  });
  // Written at once: what stands in a buffer when the process is killed was never said.
  writeSync(1, `${count} ${answer.status === "released" ? answer.event.subject : answer.reason}\n`);
}
