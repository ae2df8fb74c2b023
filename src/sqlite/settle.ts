// How attempts end in SQLite. A finished run moves to the history; every other outcome puts it back in line.
// Each write names the attempt: where the run is no longer held by that attempt, nothing changes but the journal.
import type { Instant } from "../base/clock.ts";
import { atNode, exempt, ready } from "../run/place.ts";
import { exemptActions } from "../run/controls.ts";
import type { Outcome, SettleRequest } from "../storage/runs.ts";
import { integer, text, type Row } from "./connection.ts";
import { decodeLanes, type SqliteLanes } from "./sqlite-lanes.ts";
import { countTaskRun } from "./task-counters.ts";
import type { WriteContext } from "./write-context.ts";

const kept =
  "id, action, params, task_id, scheduled_for, due_at, priority, attempt, max_attempts, pass, passes, cluster, lanes, parent_id, tags, options, started_at, progress";
const finish = `INSERT INTO run_history (${kept}, state, finished_at, node, result, error, reason)
  SELECT ${kept}, ?, ?, ?, ?, ?, ? FROM run WHERE id = ? AND place = ? AND attempt = ?`;
const leave = "DELETE FROM run WHERE id = ? RETURNING task_id, lanes, action, started_at";

type Final = Extract<Outcome, { kind: "succeeded" | "failed" | "cancelled" }>;
type PutBack = Exclude<Outcome, Final>;

interface Ending {
  readonly state: "succeeded" | "failed" | "cancelled";
  readonly at: Instant;
  readonly result: string | null;
  readonly error: string | null;
  readonly reason: string | null;
}

export class Settle {
  readonly #context: WriteContext;
  readonly #lanes: SqliteLanes;

  constructor(context: WriteContext, lanes: SqliteLanes) {
    this.#context = context;
    this.#lanes = lanes;
  }

  settle(request: SettleRequest): string[] {
    const place = atNode(request.node);
    const actor = `node:${request.node}`;
    const stale: string[] = [];
    for (const outcome of request.outcomes) {
      const accepted = isFinal(outcome)
        ? this.finish(outcome.id, place, outcome.attempt, endingOf(outcome), actor)
        : this.#putBack(outcome, place, actor);
      if (accepted) continue;
      stale.push(outcome.id);
      this.#context.journal.addRun(
        "run.stale",
        outcome.at,
        actor,
        outcome.id,
        null,
        null,
        { attempt: outcome.attempt, outcome: outcome.kind },
        null,
      );
    }
    return stale;
  }

  /** Moves a run from its place to the history. False when it does not stand there under that attempt. */
  finish(id: string, place: string, attempt: number, ending: Ending, actor: string): boolean {
    const { connection, journal } = this.#context;
    const node = place.startsWith("node:") ? place.slice("node:".length) : null;
    const moved = connection.run(
      finish,
      ending.state,
      ending.at,
      node,
      ending.result,
      ending.error,
      ending.reason,
      id,
      place,
      attempt,
    );
    if (moved === 0) return false;
    const row = connection.get(leave, id) ?? {};
    const startedAt = node !== null && typeof row["started_at"] === "number" ? row["started_at"] : null;
    const durationMs = startedAt === null ? null : ending.at - startedAt;
    const data = ending.error === null ? undefined : { error: errorSummary(ending.error) };
    journal.addRun(
      `run.${ending.state}`,
      ending.at,
      actor,
      id,
      ending.reason ?? text(row["action"]),
      durationMs,
      data,
      null,
    );
    this.#context.tally(ending.state, 1);
    this.#context.tally("live", -1);
    if (row["lanes"] !== null) this.#leaveLanes(row, place, ending.at);
    if (typeof row["task_id"] === "string")
      countTaskRun(this.#context, {
        taskId: row["task_id"],
        runId: id,
        action: text(row["action"]),
        startedAt,
        ...ending,
      });
    return true;
  }

  #leaveLanes(row: Row, place: string, now: Instant): void {
    const lanes = decodeLanes(row["lanes"]);
    if (place.startsWith("node:")) this.#lanes.leave(lanes, now);
    else for (const lane of lanes) this.#lanes.callNext(lane, now);
  }

  #putBack(outcome: PutBack, place: string, actor: string): boolean {
    const { connection, journal } = this.#context;
    const row = connection.get(
      "SELECT action, lanes, pass, scheduled_for, due_at FROM run WHERE id = ? AND place = ? AND attempt = ?",
      outcome.id,
      place,
      outcome.attempt,
    );
    if (row === undefined) return false;
    const line = exemptActions.has(text(row["action"])) ? exempt : ready;
    const back = backOf(outcome, row);
    connection.run(
      "UPDATE run SET place = ?, due_at = ?, attempt = ?, pass = ?, params = coalesce(?, params), error = ?, progress = NULL WHERE id = ?",
      line,
      back.dueAt,
      back.attempt,
      back.pass,
      back.params,
      back.error,
      outcome.id,
    );
    const durationMs = outcome.at - outcome.startedAt;
    const data =
      back.error === null ? { dueAt: back.dueAt } : { dueAt: back.dueAt, error: errorSummary(back.error) };
    journal.addRun(back.kind, outcome.at, actor, outcome.id, text(row["action"]), durationMs, data, null);
    this.#context.runDue(back.dueAt);
    if (row["lanes"] !== null) this.#lanes.leave(decodeLanes(row["lanes"]), outcome.at);
    return true;
  }
}

function isFinal(outcome: Outcome): outcome is Final {
  return outcome.kind === "succeeded" || outcome.kind === "failed" || outcome.kind === "cancelled";
}

function endingOf(outcome: Final): Ending {
  return {
    state: outcome.kind,
    at: outcome.at,
    result: outcome.kind === "succeeded" ? outcome.result : null,
    error: outcome.kind === "failed" ? outcome.error : null,
    reason: outcome.kind === "succeeded" ? null : outcome.reason,
  };
}

interface Back {
  readonly kind: string;
  readonly dueAt: Instant;
  readonly attempt: number;
  readonly pass: number;
  readonly params: string | null;
  readonly error: string | null;
}

function backOf(outcome: PutBack, row: Row): Back {
  const same = {
    dueAt: outcome.at,
    attempt: outcome.attempt,
    pass: integer(row["pass"]),
    params: null,
    error: null,
  };
  switch (outcome.kind) {
    case "retry":
      return { ...same, kind: "run.retried", dueAt: outcome.dueAt, error: outcome.error };
    case "snooze":
      return { ...same, kind: "run.snoozed", dueAt: outcome.dueAt, attempt: outcome.attempt - 1 };
    case "again":
      return { ...same, kind: "run.passed", attempt: 0, pass: same.pass + 1, params: outcome.params };
    case "return":
      return { ...same, kind: "run.returned", attempt: outcome.attempt - 1 };
  }
}

/** Name, message and code: the stack stays with the run. */
function errorSummary(json: string): { name: string; message: string; code?: string } {
  const { name, message, code }: { name: string; message: string; code?: string } = JSON.parse(json);
  return { name, message, ...(code === undefined ? {} : { code }) };
}
