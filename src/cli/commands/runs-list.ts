// Runs, newest first.
import { systemClock } from "../../base/clock.ts";
import { runPage, type Run } from "../../contract/run.ts";
import { command, type Command } from "../command.ts";
import { shortDuration } from "../live/short-amounts.ts";
import { connectTo, serverOptions } from "../server-options.ts";
import { when } from "../when.ts";

const columns = [
  { heading: "ID", importance: 9 },
  { heading: "STATE", importance: 8 },
  { heading: "ACTION", importance: 4, least: 10 },
  { heading: "TASK", importance: 6, least: 10 },
  { heading: "FOR", importance: 5 },
  { heading: "TOOK", align: "right", importance: 3 },
  { heading: "NOTE", importance: 7, least: 10 },
] as const;

/** Dead letters: what they died of matters, that they have failed is known. */
const failedColumns = [
  { heading: "ID", importance: 9 },
  { heading: "ACTION", importance: 6, least: 10 },
  { heading: "TASK", importance: 4, least: 10 },
  { heading: "FAILED", importance: 5 },
  { heading: "TRIES", align: "right", importance: 3 },
  { heading: "CODE", importance: 7 },
  { heading: "ERROR", importance: 8, least: 16 },
] as const;

export const runsList: Command = command({
  name: "runs list",
  summary: "runs, newest first",
  words: [],
  options: {
    state: {
      type: "string",
      value: "STATE",
      help: "waiting, running, succeeded, failed, cancelled or skipped",
    },
    action: { type: "string", value: "ACTION", help: "only runs of this action" },
    task: { type: "string", value: "ID", help: "only runs of this task" },
    tag: { type: "string", value: "TAG", help: "only runs with this tag" },
    error: {
      type: "string",
      value: "CODE",
      help: "only runs whose error has this code, or this name and no code",
    },
    from: { type: "string", value: "TIME", help: "made at this time or later (ISO 8601)" },
    to: { type: "string", value: "TIME", help: "made before this time" },
    limit: { type: "string", short: "n", value: "NUMBER", help: "at most so many; default 50" },
    after: { type: "string", value: "CURSOR", help: "go on behind this run" },
    ...serverOptions,
  },
  examples: ["runs list --state failed", "runs list --task host-sample -n 5", "runs list --json"],
  async run(call) {
    const { values, output } = call;
    const { state, action, task: taskId, tag, error, from, to, limit, after } = values;
    const query = { state, action, taskId, tag, error, from, to, limit, after };
    const page = await connectTo(call).get("/runs", runPage, { query });
    if (values.json === true) return output.json(page);
    const now = systemClock.now();
    const [headings, read] = state === "failed" ? [failedColumns, failedCells] : [columns, cells];
    const rows = page.items.map((run) => read(run, now));
    output.table(headings, rows, "There are no such runs.");
    if (page.next !== undefined) output.line(`There are more: --after ${page.next}`);
  },
});

function cells(run: Run, now: number): readonly string[] {
  const { id, state, action, taskId = "", startedAt, finishedAt, error, reason, scheduledFor } = run;
  const took =
    startedAt === undefined || finishedAt === undefined
      ? ""
      : shortDuration(finishedAt.getTime() - startedAt.getTime());
  return [id, state, action, taskId, when(scheduledFor, now), took, error?.message ?? reason ?? ""];
}

function failedCells(run: Run, now: number): readonly string[] {
  const { id, action, taskId = "", finishedAt, attempt, error, reason = "" } = run;
  const code = error?.code ?? error?.name ?? "";
  return [id, action, taskId, when(finishedAt, now), String(attempt), code, error?.message ?? reason];
}
