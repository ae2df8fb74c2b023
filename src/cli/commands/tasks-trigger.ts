// A run of a task now, beside its schedule.
import { runView } from "../../contract/run.ts";
import { command, type Command } from "../command.ts";
import { readJson } from "../read-option.ts";
import { connectTo, serverOptions } from "../server-options.ts";

export const tasksTrigger: Command = command({
  name: "tasks trigger",
  summary: "makes a run of a task now, beside its schedule",
  words: ["ID"],
  options: {
    params: { type: "string", value: "JSON", help: "instead of the params of the task" },
    ...serverOptions,
  },
  examples: [
    "tasks trigger nightly-retention",
    `tasks trigger site --params '{"url":"https://example.org"}'`,
  ],
  async run(call) {
    const {
      values,
      words: [id = ""],
      output,
    } = call;
    const body = values.params === undefined ? {} : { params: readJson("--params", values.params) };
    const run = await connectTo(call).send("POST", `/tasks/${encodeURIComponent(id)}/trigger`, runView, {
      body,
    });
    if (values.json === true) return output.json(run);
    output.line(`Run ${run.id} is waiting: escapement runs show ${run.id}`);
  },
});
