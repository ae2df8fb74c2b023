// Enqueues into a file until its system lets the file grow no further; says what was taken and how the rest was refused.
import { writeSync } from "node:fs";
import { EscapementError } from "../../src/base/errors.ts";
import { createRuntime } from "../../src/runtime/create-runtime.ts";
import { sqlite } from "../../src/sqlite/index.ts";

const runtime = await createRuntime({ storage: sqlite(process.argv[2] ?? ""), work: false });
runtime.action("disk:work", { run: () => null });
const payload = "x".repeat(8_000);
for (let refused = 0; refused < 5;) {
  try {
    writeSync(1, `taken ${(await runtime.runs.enqueue("disk:work", { payload })).id}\n`);
  } catch (error) {
    refused++;
    writeSync(1, `refused ${EscapementError.is(error) ? error.code : String(error)}\n`);
  }
}
process.exit(0);
