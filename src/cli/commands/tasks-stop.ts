// Keeps a task from firing.
import { taskView } from "../../contract/task.ts";
import { command, type Command } from "../command.ts";
import { connectTo, serverOptions } from "../server-options.ts";

export const tasksStop: Command = command({
  name: "tasks stop",
  summary: "keeps a task from firing",
  words: ["ID"],
  about: "A run under way goes on to its end.",
  options: { note: { type: "string", value: "TEXT", help: "why, for whoever looks next" }, ...serverOptions },
  examples: ['tasks stop host-sample --note "too much noise today"'],
  async run(call) {
    const {
      values,
      words: [id = ""],
      output,
    } = call;
    const { note } = values;
    const body = note === undefined ? {} : { note };
    const task = await connectTo(call).send("POST", `/tasks/${encodeURIComponent(id)}/stop`, taskView, {
      body,
    });
    if (values.json === true) return output.json(task);
    output.line(`${task.id} is stopped.`);
  },
});
