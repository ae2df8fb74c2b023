// One task: its definition, and how it did so far.
import { systemClock } from "../../base/clock.ts";
import { taskView, type Task } from "../../contract/task.ts";
import { command, type Command } from "../command.ts";
import { inline, type Output } from "../output.ts";
import { scheduleText } from "../schedule-text.ts";
import { connectTo, serverOptions } from "../server-options.ts";
import { instantAndWhen } from "../when.ts";

export const tasksShow: Command = command({
  name: "tasks show",
  summary: "one task with its policies and counters",
  words: ["ID"],
  options: serverOptions,
  examples: ["tasks show host-sample", "tasks show host-sample --json"],
  async run(call) {
    const {
      values,
      words: [id = ""],
      output,
    } = call;
    const task = await connectTo(call).get(`/tasks/${encodeURIComponent(id)}`, taskView);
    if (values.json === true) return output.json(task);
    showTask(task, output);
  },
});

/** Fields that have a line of their own, or say nothing more. */
const told = new Set(
  "id name type schedule enabled action params timezone lastRun nextRun runCount errorCount lastError pausedNote version".split(
    " ",
  ),
);

export function showTask(task: Task, output: Output): void {
  const now = systemClock.now();
  const policies = Object.entries(task).filter(([name]) => !told.has(name));
  output.facts([
    ["id", task.id],
    ["name", task.name === task.id ? undefined : task.name],
    ["schedule", scheduleText(task)],
    ["action", task.action],
    ["params", inline(task.params)],
    ["state", task.enabled ? "on" : `stopped${task.pausedNote === undefined ? "" : `: ${task.pausedNote}`}`],
    ["next", instantAndWhen(task.nextRun, now)],
    ["last", instantAndWhen(task.lastRun, now)],
    ["runs", `${task.runCount}, ${task.errorCount} failed`],
    ["error", task.lastError],
    ...policies.map(([name, value]) => [name, textOf(value)] as const),
    ["version", String(task.version)],
  ]);
}

function textOf(value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  return typeof value === "string" ? value : JSON.stringify(value);
}
