// Makes a process that shares the history of another.
import { processPath, processView } from "../../contract/process.ts";
import { cliFault } from "../cli-fault.ts";
import { command, type Command } from "../command.ts";
import { readSlot } from "../read-option.ts";
import { connectTo, serverOptions } from "../server-options.ts";
import { showProcess } from "./processes-show.ts";

const name = "processes fork";

export const processesFork: Command = command({
  name,
  summary: "makes a process that shares the history of this one up to a slot",
  words: ["NAME/ID"],
  options: {
    at: { type: "string", value: "SLOT", help: "the last slot that both share" },
    as: { type: "string", value: "ID", help: "the id of the fork" },
    ...serverOptions,
  },
  examples: ["processes fork counter/room-1 --at 41 --as room-1-fork"],
  async run(call) {
    const {
      values: { at, as, json },
      words: [id = ""],
      output,
    } = call;
    if (at === undefined || as === undefined) throw cliFault(name, "it needs --at and --as");
    const body = { at: readSlot("--at", at), as };
    const fork = await connectTo(call).send("POST", `${processPath(id)}/fork`, processView, { body });
    if (json === true) return output.json(fork);
    showProcess(fork, undefined, output);
  },
});
