// Lets a stopped task fire again.
import { systemClock } from "../../base/clock.ts";
import { taskView } from "../../contract/task.ts";
import { command, type Command } from "../command.ts";
import { connectTo, serverOptions } from "../server-options.ts";
import { when } from "../when.ts";

export const tasksStart: Command = command({
  name: "tasks start",
  summary: "lets a task fire again",
  words: ["ID"],
  about:
    "The times that passed while it was stopped are not made up for; tasks explain shows them as paused.",
  options: serverOptions,
  examples: ["tasks start host-sample"],
  async run(call) {
    const {
      values,
      words: [id = ""],
      output,
    } = call;
    const task = await connectTo(call).send("POST", `/tasks/${encodeURIComponent(id)}/start`, taskView);
    if (values.json === true) return output.json(task);
    const next =
      task.nextRun === undefined
        ? "it has no more times"
        : `next run ${when(task.nextRun, systemClock.now())}`;
    output.line(`${task.id} is on: ${next}.`);
  },
});
