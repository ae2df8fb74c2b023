// Holds a process against its hash chain.
import { EscapementError } from "../../base/errors.ts";
import { processPath, verifyView } from "../../contract/process.ts";
import { command, type Command } from "../command.ts";
import { connectTo, serverOptions } from "../server-options.ts";
import { slotCount } from "../slot-count.ts";

export const processesVerify: Command = command({
  name: "processes verify",
  summary: "holds every message of a process against its hash chain",
  words: ["NAME/ID"],
  about: "Ends with 1 when a slot is bad, and names the first.",
  options: serverOptions,
  examples: ["processes verify counter/room-1"],
  async run(call) {
    const {
      values,
      words: [id = ""],
      output,
    } = call;
    const report = await connectTo(call).get(`${processPath(id)}/verify`, verifyView);
    if (values.json === true) output.json(report);
    else if (report.ok) output.line(`${id} is sound: ${slotCount(report.slots)}.`);
    if (report.ok) return;
    throw new EscapementError(
      "storage.broken",
      `Slot ${report.firstBad} of ${id} is not what was recorded there (${report.reason}); sound before it: ${slotCount(report.slots)}.`,
    );
  },
});
