// A process that sends and handles until it is killed, and says which slots it was promised.
// Started by kill-nine.test.ts with the address of a database and the name of the node.
import { writeSync } from "node:fs";
import { createRuntime } from "../../src/runtime/create-runtime.ts";
import { addProcesses, openStorage, rooms } from "./kill-nine-work.ts";

const [, , address = "", node = ""] = process.argv;
const runtime = await createRuntime({ storage: openStorage(address), node, lease: "1s" });
addProcesses(runtime);
await runtime.start();
async function sendForEver(sender: number): Promise<never> {
  for (let count = 0; ; count++) {
    const id = `room/${(sender + count) % rooms}`;
    const { slot, messageId } = await runtime.processes.send(id, "say", `${sender} ${count}`);
    // Written at once: what stands in a buffer when the process is killed was never said.
    writeSync(1, `${id} ${slot} ${messageId}\n`);
    if (count % 5 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

await Promise.all(Array.from({ length: 4 }, (_, sender) => sendForEver(sender)));
