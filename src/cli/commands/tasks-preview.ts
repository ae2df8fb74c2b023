// The next times of a task that a server keeps.
import { previewView } from "../../contract/task.ts";
import { command, type Command } from "../command.ts";
import { previewLine } from "../preview-line.ts";
import { connectTo, serverOptions } from "../server-options.ts";

export const tasksPreview: Command = command({
  name: "tasks preview",
  summary: "the next times of a task",
  words: ["ID"],
  options: {
    count: { type: "string", short: "n", value: "NUMBER", help: "how many times; default 5" },
    from: { type: "string", value: "TIME", help: "times after this one (ISO 8601); default now" },
    ...serverOptions,
  },
  examples: ["tasks preview nightly-retention -n 3"],
  async run(call) {
    const {
      values,
      words: [id = ""],
      output,
    } = call;
    const { count, from } = values;
    const path = `/tasks/${encodeURIComponent(id)}/preview`;
    const times = await connectTo(call).get(path, previewView, { query: { count, from } });
    if (values.json === true) return output.json(times);
    if (times.items.length === 0) output.line(`${id} has no more times.`);
    for (const { at, local, note } of times.items) output.line(previewLine(at, local, note));
  },
});
