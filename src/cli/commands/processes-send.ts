// Sends a message to a process.
import { assignmentView, processPath } from "../../contract/process.ts";
import { command, type Command } from "../command.ts";
import { readJson } from "../read-option.ts";
import { connectTo, serverOptions } from "../server-options.ts";

export const processesSend: Command = command({
  name: "processes send",
  summary: "sends a message to a process, and tells its slot",
  words: ["NAME/ID", "MESSAGE", "[INPUT]"],
  about: "INPUT is JSON; without it the message is given null. The first message makes the process.",
  options: {
    key: { type: "string", value: "TEXT", help: "sent again with the same key it gets the same slot" },
    ...serverOptions,
  },
  examples: [`processes send counter/room-1 add '{"by":2}'`],
  async run(call) {
    const {
      values: { key, json },
      words: [id = "", message, input],
      output,
    } = call;
    const body = {
      message,
      ...(input === undefined ? {} : { input: readJson("INPUT", input) }),
      ...(key === undefined ? {} : { key }),
    };
    const sent = await connectTo(call).send("POST", `${processPath(id)}/messages`, assignmentView, { body });
    if (json === true) return output.json(sent);
    output.line(`${sent.process} has it in slot ${sent.slot}: escapement processes history ${sent.process}`);
  },
});
