// Folds the recorded messages of a process again, with the code that the server has.
import { processPath, replayView } from "../../contract/process.ts";
import { command, type Command } from "../command.ts";
import { inline } from "../output.ts";
import { readSlot } from "../read-option.ts";
import { connectTo, serverOptions } from "../server-options.ts";
import { slotCount } from "../slot-count.ts";

export const processesReplay: Command = command({
  name: "processes replay",
  summary: "folds the recorded messages again and tells the first difference",
  words: ["NAME/ID"],
  about: "With the code that the server has now. Nothing is written, and no effect is performed.",
  options: {
    from: { type: "string", value: "SLOT", help: "the first slot; default 0" },
    ...serverOptions,
  },
  examples: ["processes replay counter/room-1", "processes replay counter/room-1 --from 1000 --json"],
  async run(call) {
    const {
      values: { from, json },
      words: [id = ""],
      output,
    } = call;
    const body = from === undefined ? {} : { from: readSlot("--from", from) };
    const report = await connectTo(call).send("POST", `${processPath(id)}/replay`, replayView, { body });
    if (json === true) return output.json(report);
    const { slots, firstDifference } = report;
    if (firstDifference === undefined)
      return output.line(`No difference: ${slotCount(slots)}, each as it was recorded.`);
    const { slot, what, path, was, is } = firstDifference;
    output.line(`Slot ${slot} is not as it was recorded; as recorded before it: ${slotCount(slots)}.`);
    output.facts([
      ["differs", path === "" ? what : `${what} at ${path}`],
      ["was", inline(was) ?? "nothing"],
      ["is", inline(is) ?? "nothing"],
    ]);
  },
});
