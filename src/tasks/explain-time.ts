// Why did it run, or why did it not: the ledger first, then the rule.
import type { Instant } from "../base/clock.ts";
import type { StorageNouns } from "../storage/storage.ts";
import { explainRule } from "../task/explain.ts";
import { ruleOf } from "../task/rule-of.ts";
import { runsLeft, type TaskState } from "../task/task-state.ts";
import { walkOccurrences } from "./walk-occurrences.ts";

export interface Explanation {
  readonly at: Date;
  readonly outcome: "run" | "skipped" | "pending" | "not scheduled";
  /** For a skip one of the reasons of the ledger; else what the rule says, in words. */
  readonly reason?: string;
  readonly runId?: string;
}

export async function explainTime(
  storage: StorageNouns,
  state: TaskState,
  at: Instant,
  now: Instant,
): Promise<Explanation> {
  for await (const found of walkOccurrences(storage, state, { from: at, to: at }, now)) {
    const { outcome, reason, runId } = found;
    return {
      at: new Date(at),
      outcome,
      ...(reason === undefined ? {} : { reason }),
      ...(runId === undefined ? {} : { runId }),
    };
  }
  return { at: new Date(at), ...withoutRecord(state, at) };
}

/** Of a time that the ledger does not know: one still to come, or one before the task was registered. */
function withoutRecord(state: TaskState, at: Instant): Omit<Explanation, "at"> {
  const { outcome, note } = explainRule(ruleOf(state.id, state.definition), at);
  const isTime = outcome === "scheduled" || outcome === "excluded" || outcome === "dst-gap";
  if (!isTime) return { outcome: "not scheduled", reason: note };
  // Or deleted by retention.
  if (at <= state.cursor)
    return { outcome: "not scheduled", reason: "before the task was registered with this schedule" };
  if (outcome !== "scheduled") return { outcome: "skipped", reason: outcome };
  if (runsLeft(state) > 0) return { outcome: "pending", reason: note };
  const { maxRuns } = state.definition;
  return { outcome: "not scheduled", reason: `${note} But maxRuns, ${maxRuns}, is used up.` };
}
