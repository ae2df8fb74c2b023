// Puts failed runs back to waiting: one by its id, or all that fit a filter.
import { cliFault } from "../cli-fault.ts";
import { retryView, runView } from "../../contract/run.ts";
import { command, type Command } from "../command.ts";
import { connectTo, serverOptions } from "../server-options.ts";

const name = "runs retry";

export const runsRetry: Command = command({
  name,
  summary: "puts failed runs back to waiting, with all their attempts",
  words: ["[ID]"],
  about:
    "Give an ID, or options that say which failed runs are meant: those that fit all of them. Look first with --dry-run, or with runs list --state failed and the same options.",
  options: {
    action: { type: "string", value: "ACTION", help: "runs of this action" },
    task: { type: "string", value: "ID", help: "runs of this task" },
    tag: { type: "string", value: "TAG", help: "runs with this tag" },
    error: {
      type: "string",
      value: "CODE",
      help: "runs whose error has this code, or this name and no code",
    },
    from: { type: "string", value: "TIME", help: "made at this time or later (ISO 8601)" },
    to: { type: "string", value: "TIME", help: "made before this time" },
    all: { type: "boolean", help: "every failed run" },
    "dry-run": { type: "boolean", help: "only say how many" },
    ...serverOptions,
  },
  examples: [
    "runs retry 01KDVDNA00BVT44EGVHXJ7HWH0",
    "runs retry --action http:request --error http.timeout --dry-run",
    "runs retry --task report --from 2026-11-20T00:00Z",
  ],
  async run(call) {
    const {
      values,
      words: [id],
      output,
    } = call;
    const { action, task: taskId, tag, error, from, to } = values;
    const given = Object.entries({ action, taskId, tag, error, from, to });
    const filter = given.filter(([, value]) => value !== undefined);
    const dryRun = values["dry-run"] === true;
    const client = connectTo(call);
    if (id !== undefined) {
      if (filter.length > 0 || values.all === true || dryRun)
        throw cliFault(name, "give either an ID or options that say which, not both");
      const run = await client.send("POST", `/runs/${encodeURIComponent(id)}/retry`, runView);
      if (values.json === true) return output.json(run);
      return output.line(`Run ${run.id} is ${run.state}: escapement runs show ${run.id}`);
    }
    if (filter.length === 0 && values.all !== true)
      throw cliFault(name, "say which: an ID, options like --action, or --all");
    if (filter.length > 0 && values.all === true)
      throw cliFault(name, "--all means every failed run: leave the other options out");
    const body = { ...Object.fromEntries(filter), dryRun };
    const report = await client.send("POST", "/runs/retry", retryView, { body });
    if (values.json === true) return output.json(report);
    output.line(
      dryRun
        ? `${report.matched} failed runs would be retried.`
        : `${report.retried} of ${report.matched} failed runs wait again.`,
    );
  },
});
