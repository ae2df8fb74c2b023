// Lets a process that is parked go on.
import { processPath, processView } from "../../contract/process.ts";
import { command, type Command } from "../command.ts";
import { connectTo, serverOptions } from "../server-options.ts";
import { showProcess } from "./processes-show.ts";

export const processesResume: Command = command({
  name: "processes resume",
  summary: "lets a process that is parked go on",
  words: ["NAME/ID"],
  about: "The slot at which it is parked is handled again, unless it is to be skipped.",
  options: {
    skip: { type: "boolean", help: "record the error of that slot and go past it" },
    ...serverOptions,
  },
  examples: ["processes resume counter/room-1", "processes resume counter/room-1 --skip"],
  async run(call) {
    const {
      values: { skip, json },
      words: [id = ""],
      output,
    } = call;
    const body = skip === true ? { skip } : {};
    const process = await connectTo(call).send("POST", `${processPath(id)}/resume`, processView, { body });
    if (json === true) return output.json(process);
    showProcess(process, undefined, output);
  },
});
