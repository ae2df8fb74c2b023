// Runs for nominal times of the past.
import { backfillView, overlapPolicies } from "../../contract/task.ts";
import { cliFault } from "../cli-fault.ts";
import { command, type Command } from "../command.ts";
import { readChoice } from "../read-option.ts";
import { connectTo, serverOptions } from "../server-options.ts";

const name = "tasks backfill";

export const tasksBackfill: Command = command({
  name,
  summary: "makes runs for nominal times of the past",
  words: ["ID"],
  about: "Both ends are included. Times that have run already are left out.",
  options: {
    from: { type: "string", value: "TIME", help: "the first time (ISO 8601)" },
    to: { type: "string", value: "TIME", help: "the last time (ISO 8601)" },
    overlap: { type: "string", value: "POLICY", help: "instead of the overlap policy of the task" },
    ...serverOptions,
  },
  examples: ["tasks backfill nightly-retention --from 2026-03-01 --to 2026-03-07"],
  async run(call) {
    const {
      values,
      words: [id = ""],
      output,
    } = call;
    const { from, to, overlap } = values;
    if (from === undefined || to === undefined) throw cliFault(name, "it needs --from and --to");
    const policy =
      overlap === undefined ? {} : { overlap: readChoice("--overlap", overlap, overlapPolicies) };
    const path = `/tasks/${encodeURIComponent(id)}/backfill`;
    const report = await connectTo(call).send("POST", path, backfillView, { body: { from, to, ...policy } });
    if (values.json === true) return output.json(report);
    output.line(`${report.enqueued} runs are waiting, ${report.skipped} times had run already.`);
  },
});
