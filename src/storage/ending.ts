// From an outcome, as a worker reports it, to what an engine writes down: how a run ends, or how it goes back in line.
// Pure, so that both engines write the same.
import type { Instant } from "../base/clock.ts";
import type { RunNote } from "./journal.ts";
import type { Outcome } from "./runs.ts";

export type Final = Extract<Outcome, { kind: "succeeded" | "failed" | "cancelled" }>;
export type PutBack = Exclude<Outcome, Final>;

/** The end of a run that is known to be unfinished at this attempt. */
export interface Ending {
  readonly id: string;
  readonly attempt: number;
  readonly state: "succeeded" | "failed" | "cancelled";
  readonly at: Instant;
  /** null for a run that waited. */
  readonly startedAt: Instant | null;
  readonly result: string | null;
  readonly error: string | null;
  readonly reason: string | null;
}

export function isFinal(outcome: Outcome): outcome is Final {
  return outcome.kind === "succeeded" || outcome.kind === "failed" || outcome.kind === "cancelled";
}

export function endingOf(outcome: Final): Ending {
  return {
    id: outcome.id,
    attempt: outcome.attempt,
    state: outcome.kind,
    at: outcome.at,
    startedAt: outcome.startedAt,
    result: outcome.kind === "succeeded" ? outcome.result : null,
    error: outcome.kind === "failed" ? outcome.error : null,
    reason: outcome.kind === "succeeded" ? null : outcome.reason,
  };
}

/** How long it ran; of a run that was lost nobody knows when it stopped. */
export function ranFor({
  startedAt,
  at,
  reason,
  state,
}: Pick<Ending, "startedAt" | "at" | "reason" | "state">): number | undefined {
  if (startedAt === null || (state === "failed" && reason === lost)) return undefined;
  return at - startedAt;
}

/** Why a run has failed whose last node has gone. */
export const lost = "lost";

export function noteOfEnding(ending: Ending): RunNote {
  const data = ending.error === null ? null : JSON.stringify({ error: errorSummary(ending.error) });
  const durationMs = ranFor(ending) ?? null;
  return [ending.id, ending.at, null, ending.reason, durationMs, data];
}

/** An outcome that came too late: the run is no longer held by that attempt. */
export function noteOfStale({ id, at, attempt, kind }: Outcome): RunNote {
  return [id, at, null, null, null, JSON.stringify({ attempt, outcome: kind })];
}

/** What of a row changes when its run goes back in line; null params stay as they are. */
export interface Back {
  readonly kind: string;
  readonly dueAt: Instant;
  readonly attempt: number;
  readonly pass: number;
  readonly params: string | null;
  readonly error: string | null;
}

export function backOf(outcome: PutBack, pass: number): Back {
  const same = { dueAt: outcome.at, attempt: outcome.attempt, pass, params: null, error: null };
  switch (outcome.kind) {
    case "retry":
      return { ...same, kind: "run.retried", dueAt: outcome.dueAt, error: outcome.error };
    case "snooze":
      return { ...same, kind: "run.snoozed", dueAt: outcome.dueAt, attempt: outcome.attempt - 1 };
    case "sleep":
      return { ...same, kind: "run.slept", dueAt: outcome.dueAt, attempt: outcome.attempt - 1 };
    case "again":
      return { ...same, kind: "run.passed", attempt: 0, pass: pass + 1, params: outcome.params };
    case "return":
      return { ...same, kind: "run.returned", attempt: outcome.attempt - 1 };
  }
}

export function noteOfBack(outcome: PutBack, action: string, back: Back): RunNote {
  const data =
    back.error === null ? { dueAt: back.dueAt } : { dueAt: back.dueAt, error: errorSummary(back.error) };
  return [outcome.id, outcome.at, null, action, outcome.at - outcome.startedAt, JSON.stringify(data)];
}

/** Name, message and code: the stack stays with the run. */
function errorSummary(json: string): { name: string; message: string; code?: string } {
  const { name, message, code }: { name: string; message: string; code?: string } = JSON.parse(json);
  return { name, message, ...(code === undefined ? {} : { code }) };
}
