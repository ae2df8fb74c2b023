// A task as kept, made into the Task that callers see.
import type { TaskState } from "../task/task-state.ts";
import type { Task, TaskDefinition } from "../task/task.ts";

export function toTask(state: TaskState): Task {
  const { anchor, startAt, endAt, enabled: _enabled, ...rest } = state.definition satisfies TaskDefinition;
  return structuredClone({
    ...rest,
    enabled: state.enabled,
    runCount: state.runCount,
    errorCount: state.errorCount,
    version: state.version,
    ...date("anchor", anchor),
    ...date("startAt", startAt),
    ...date("endAt", endAt),
    ...date("lastRun", state.lastRun),
    ...date("nextRun", state.nextDue),
    ...(state.lastError === undefined ? {} : { lastError: state.lastError }),
    ...(state.pausedNote === undefined ? {} : { pausedNote: state.pausedNote }),
  });
}

function date<Name extends string>(name: Name, at: number | undefined): Partial<Record<Name, Date>> {
  if (at === undefined) return {};
  const found: Partial<Record<Name, Date>> = {};
  found[name] = new Date(at);
  return found;
}
