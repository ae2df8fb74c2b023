// Finds policies that contradict each other or would have no effect: a choice that is silently ignored
// is a choice its author believes in.
import type { Issue } from "../base/errors.ts";
import { formatInstant } from "../base/instant.ts";
import type { TaskDefinition } from "./task.ts";

export function findConflicts(task: Partial<TaskDefinition>): Issue[] {
  return [...misplaced(task), ...contradicting(task)];
}

/** Fields that mean something for one type of schedule only. */
function misplaced(task: Partial<TaskDefinition>): Issue[] {
  const issues: Issue[] = [];
  const only = (field: "dst" | "dayMatch" | "anchor" | "every", type: TaskDefinition["type"]): void => {
    if (task[field] === undefined || task.type === undefined || task.type === type) return;
    issues.push({
      field,
      message: `${field} has a meaning for type "${type}" only, and this task is of type "${task.type}": leave it out.`,
    });
  };
  only("dst", "cron");
  only("dayMatch", "cron");
  only("anchor", "interval");
  only("every", "interval");
  return issues;
}

function contradicting(task: Partial<TaskDefinition>): Issue[] {
  const issues: Issue[] = [];
  const { missed = "latest", startAt, endAt, retry } = task;
  if (task.missedWindow !== undefined && missed === "none") {
    const message = `missed "none" runs nothing late, so a window has no effect: leave it out, or write missed "latest" or "all".`;
    issues.push({ field: "missedWindow", message });
  }
  if (task.missedLimit !== undefined && missed !== "all") {
    const message = `missed "${missed}" runs one time at most, so a limit has no effect: leave it out, or write missed "all".`;
    issues.push({ field: "missedLimit", message });
  }
  if (startAt !== undefined && endAt !== undefined && endAt <= startAt) {
    const message = `${formatInstant(endAt)} is not after startAt ${formatInstant(startAt)}: write a later endAt or an earlier startAt.`;
    issues.push({ field: "endAt", message });
  }
  if (retry?.delay !== undefined && retry.maxDelay !== undefined && retry.maxDelay < retry.delay) {
    const message = `${retry.maxDelay} ms is less than delay, ${retry.delay} ms: write a larger maxDelay or a smaller delay.`;
    issues.push({ field: "retry.maxDelay", message });
  }
  return issues;
}
