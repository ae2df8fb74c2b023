// The tasks with what is next and how they did so far.
import { systemClock } from "../../base/clock.ts";
import { taskPage, type Task } from "../../contract/task.ts";
import { command, type Command } from "../command.ts";
import { scheduleText } from "../schedule-text.ts";
import { connectTo, serverOptions } from "../server-options.ts";
import { when } from "../when.ts";

const columns = [
  { heading: "ID", importance: 9, least: 12 },
  { heading: "SCHEDULE", importance: 5, least: 12 },
  { heading: "ACTION", importance: 3 },
  { heading: "NEXT", importance: 8 },
  { heading: "LAST", importance: 6 },
  { heading: "RUNS", align: "right", importance: 4 },
  { heading: "ERRORS", align: "right", importance: 7 },
] as const;

export const tasksList: Command = command({
  name: "tasks list",
  summary: "the tasks, with what is next",
  words: [],
  options: {
    tag: { type: "string", value: "TAG", help: "only tasks with this tag" },
    enabled: { type: "string", value: "true|false", help: "only tasks that are on, or off" },
    limit: { type: "string", short: "n", value: "NUMBER", help: "at most so many; default 100" },
    after: { type: "string", value: "CURSOR", help: "go on behind this id" },
    ...serverOptions,
  },
  examples: ["tasks list", "tasks list --enabled false", "tasks list --json | jq '.items[].id'"],
  async run(call) {
    const { values, output } = call;
    const { tag, enabled, limit, after } = values;
    const page = await connectTo(call).get("/tasks", taskPage, { query: { tag, enabled, limit, after } });
    if (values.json === true) return output.json(page);
    const now = systemClock.now();
    output.table(
      columns,
      page.items.map((task) => cells(task, now)),
      "There are no tasks.",
    );
    if (page.next !== undefined) output.line(`There are more: --after ${page.next}`);
  },
});

function cells(task: Task, now: number): readonly string[] {
  const next = task.enabled ? when(task.nextRun, now) || "never again" : "stopped";
  const { id, action, runCount, errorCount } = task;
  return [
    id,
    scheduleText(task),
    action,
    next,
    when(task.lastRun, now),
    String(runCount),
    String(errorCount),
  ];
}
