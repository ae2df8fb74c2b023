// Takes the definition of a task away.
import { none } from "../../contract/view.ts";
import { command, type Command } from "../command.ts";
import { connectTo, serverOptions } from "../server-options.ts";

export const tasksRemove: Command = command({
  name: "tasks remove",
  summary: "takes a task away; its runs and its ledger stay",
  words: ["ID"],
  options: serverOptions,
  examples: ["tasks remove site"],
  async run(call) {
    const {
      values,
      words: [id = ""],
      output,
    } = call;
    await connectTo(call).send("DELETE", `/tasks/${encodeURIComponent(id)}`, none);
    if (values.json === true) return output.json({ removed: id });
    output.line(`${id} is removed.`);
  },
});
