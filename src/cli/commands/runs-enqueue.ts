// Makes a run of an action, without any task.
import { conflictRules, runView } from "../../contract/run.ts";
import { command, type Command } from "../command.ts";
import { readChoice, readInteger, readJson } from "../read-option.ts";
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
    key: { type: "string", value: "TEXT", help: "makes it the only run of its action with this key" },
    "on-conflict": {
      type: "string",
      value: "RULE",
      help: `when the key is taken: ${conflictRules.join(", ")}; default return`,
    },
    fifo: { type: "string", value: "TEXT", help: "runs with the same text go one at a time, in order" },
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
    const { delay, at, priority, tag: tags, key, fifo, "on-conflict": rule } = values;
    const body = {
      action,
      ...(input === undefined ? {} : { input: readJson("INPUT", input) }),
      ...(delay === undefined ? {} : { delay }),
      ...(at === undefined ? {} : { at }),
      ...(priority === undefined ? {} : { priority: readInteger("--priority", priority) }),
      ...(tags === undefined ? {} : { tags }),
      ...(key === undefined ? {} : { key }),
      ...(rule === undefined ? {} : { onConflict: readChoice("--on-conflict", rule, conflictRules) }),
      ...(fifo === undefined ? {} : { fifo }),
    };
    const run = await connectTo(call).send("POST", "/runs", runView, { body });
    if (values.json === true) return output.json(run);
    output.line(`Run ${run.id} is ${run.state}: escapement runs show ${run.id}`);
  },
});
