// One run with everything that is known of it.
import { systemClock } from "../../base/clock.ts";
import { runView, type Run } from "../../contract/run.ts";
import { command, type Command } from "../command.ts";
import { shortDuration } from "../live/short-amounts.ts";
import { inline, type Output } from "../output.ts";
import { connectTo, serverOptions } from "../server-options.ts";
import { instantAndWhen } from "../when.ts";

export const runsShow: Command = command({
  name: "runs show",
  summary: "one run with everything that is known of it",
  words: ["ID"],
  options: serverOptions,
  examples: ["runs show 01KDVDNA00BVT44EGVHXJ7HWH0"],
  async run(call) {
    const {
      values,
      words: [id = ""],
      output,
    } = call;
    const run = await connectTo(call).get(`/runs/${encodeURIComponent(id)}`, runView);
    if (values.json === true) return output.json(run);
    showRun(run, output);
  },
});

export function showRun(run: Run, output: Output): void {
  const now = systemClock.now();
  const { startedAt, finishedAt, error } = run;
  const took =
    startedAt === undefined || finishedAt === undefined
      ? undefined
      : finishedAt.getTime() - startedAt.getTime();
  output.facts([
    ["id", run.id],
    ["state", run.reason === undefined ? run.state : `${run.state}: ${run.reason}`],
    ["action", run.action],
    ["task", run.taskId],
    ["params", inline(run.params)],
    ["for", instantAndWhen(run.scheduledFor, now)],
    ["due", run.dueAt.getTime() === run.scheduledFor.getTime() ? undefined : instantAndWhen(run.dueAt, now)],
    ["started", instantAndWhen(startedAt, now)],
    ["took", took === undefined ? undefined : shortDuration(took)],
    ["attempt", `${run.attempt} of ${run.maxAttempts}`],
    ["pass", run.pass === 1 ? undefined : String(run.pass)],
    ["progress", run.progress === undefined ? undefined : `${Math.round(run.progress * 100)} %`],
    ["priority", run.priority === 0 ? undefined : String(run.priority)],
    ["node", run.node],
    ["parent", run.parentId],
    ["tags", run.tags.join(", ")],
    ["result", inline(run.result)],
    ["error", error === undefined ? undefined : `${error.name}: ${error.message}`],
    ["code", error?.code],
  ]);
}
