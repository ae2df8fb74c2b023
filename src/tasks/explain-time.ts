// Why did it run, or why did it not: the ledger first, then the rule.
import type { Instant } from "../base/clock.ts";
import type { StorageNouns } from "../storage/storage.ts";
import { explainRule } from "../task/explain.ts";
import { ruleOf } from "../task/rule-of.ts";
import type { TaskState } from "../task/task-state.ts";
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
  const { outcome, note } = explainRule(ruleOf(state.id, state.definition), at);
  if (outcome === "excluded" || outcome === "dst-gap")
    return { at: new Date(at), outcome: "skipped", reason: outcome };
  if (outcome === "scheduled" && at > state.cursor)
    return { at: new Date(at), outcome: "pending", reason: note };
  // Before the task was registered, or deleted by retention.
  return {
    at: new Date(at),
    outcome: "not scheduled",
    reason: outcome === "scheduled" ? "before the task was registered with this schedule" : note,
  };
}
