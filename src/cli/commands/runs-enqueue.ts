// Makes a run of an action, without any task.
import { runView } from "../../contract/run.ts";
import { command, type Command } from "../command.ts";
import { readInteger, readJson } from "../read-option.ts";
import { connectTo, serverOptions } from "../server-options.ts";

export const runsEnqueue: Command = command({
  name: "runs enqueue",
  summary: "makes a run of an action",
  words: ["ACTION", "[INPUT]"],
  about: "INPUT is JSON; without it the action is given {}.",
  options: {
    delay: { type: "string", value: "DURATION", help: 'not before this has passed, like "10m"' },
    at: { type: "string", value: "TIME", help: "not before this time (ISO 8601)" },
    priority: { type: "string", value: "NUMBER", help: "higher goes first; default that of the action" },
    tag: { type: "string", value: "TAG", multiple: true, help: "may be given more than once" },
    ...serverOptions,
  },
  examples: [
    "runs enqueue host:sample",
    `runs enqueue http:request '{"url":"https://example.com"}' --delay 10m`,
  ],
  async run(call) {
    const {
      values,
      words: [action, input],
      output,
    } = call;
    const { delay, at, priority, tag: tags } = values;
    const body = {
      action,
      ...(input === undefined ? {} : { input: readJson("INPUT", input) }),
      ...(delay === undefined ? {} : { delay }),
      ...(at === undefined ? {} : { at }),
      ...(priority === undefined ? {} : { priority: readInteger("--priority", priority) }),
      ...(tags === undefined ? {} : { tags }),
    };
    const run = await connectTo(call).send("POST", "/runs", runView, { body });
    if (values.json === true) return output.json(run);
    output.line(`Run ${run.id} is waiting: escapement runs show ${run.id}`);
  },
});
