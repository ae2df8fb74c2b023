// Runs in SQLite: the writing verbs. Claiming and settling have files of their own.
import type { Instant } from "../base/clock.ts";
import { exemptActions } from "../run/controls.ts";
import { atNode, exempt, ready } from "../run/place.ts";
import type { ClaimRequest, ClaimResult, NewRun, SettleRequest } from "../storage/runs.ts";
import { Claim } from "./claim.ts";
import { integer, text, type Row } from "./connection.ts";
import { Settle } from "./settle.ts";
import type { SqliteControl } from "./sqlite-control.ts";
import { decodeLanes, encodeLanes, SqliteLanes } from "./sqlite-lanes.ts";
import type { WriteContext } from "./write-context.ts";

const insert = `INSERT INTO run (id, place, priority, due_at, action, params, task_id, scheduled_for, max_attempts, passes, cluster, lanes, parent_id, tags, options)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

const kept =
  "id, priority, action, params, task_id, scheduled_for, max_attempts, pass, passes, cluster, lanes, parent_id, tags, options, error";
const revive = `INSERT INTO run (place, due_at, ${kept}) SELECT ?, ?, ${kept} FROM run_history WHERE id = ?`;

export class SqliteRuns {
  readonly #context: WriteContext;
  readonly #lanes: SqliteLanes;
  readonly #claim: Claim;
  readonly #settle: Settle;

  constructor(context: WriteContext, control: SqliteControl) {
    this.#context = context;
    this.#lanes = new SqliteLanes(context);
    this.#claim = new Claim(context, control, this.#lanes);
    this.#settle = new Settle(context, this.#lanes);
  }

  enqueue(request: {
    readonly runs: readonly NewRun[];
    readonly actor: string;
    readonly now: Instant;
  }): void {
    const statement = this.#context.connection.prepare(insert);
    for (const run of request.runs) {
      statement.run(
        run.id,
        exemptActions.has(run.action) ? exempt : ready,
        run.priority,
        run.dueAt,
        run.action,
        run.params,
        run.taskId ?? null,
        run.scheduledFor,
        run.maxAttempts,
        run.passes,
        run.cluster ?? null,
        encodeLanes(run.lanes),
        run.parentId ?? null,
        run.tags.length === 0 ? null : JSON.stringify(run.tags),
        run.options ?? null,
      );
      const parent =
        run.taskId === undefined
          ? run.parentId === undefined
            ? null
            : `run:${run.parentId}`
          : `task:${run.taskId}`;
      this.#context.journal.addRun(
        "run.enqueued",
        request.now,
        request.actor,
        run.id,
        run.action,
        null,
        undefined,
        parent,
      );
      this.#context.runDue(run.dueAt);
    }
    this.#context.tally("live", request.runs.length);
  }

  claim(request: ClaimRequest): ClaimResult {
    return this.#claim.claim(request);
  }

  settle(request: SettleRequest): string[] {
    return this.#settle.settle(request);
  }

  progress(request: {
    readonly node: string;
    readonly id: string;
    readonly attempt: number;
    readonly fraction: number;
    readonly note?: string;
    readonly now: Instant;
  }): boolean {
    const { node, id, attempt, fraction, note, now } = request;
    const changed = this.#context.connection.run(
      "UPDATE run SET progress = ? WHERE id = ? AND place = ? AND attempt = ?",
      fraction,
      id,
      atNode(node),
      attempt,
    );
    const kind = changed === 1 ? "run.progressed" : "run.stale";
    this.#context.journal.addRun(kind, now, `node:${node}`, id, note ?? null, null, { fraction }, null);
    return changed === 1;
  }

  cancel(request: {
    readonly ids: readonly string[];
    readonly reason: string;
    readonly actor: string;
    readonly now: Instant;
  }): string[] {
    return request.ids.filter((id) => {
      const row = this.#context.connection.get("SELECT place, attempt FROM run WHERE id = ?", id);
      if (row === undefined) return false;
      const ending = {
        state: "cancelled",
        at: request.now,
        result: null,
        error: null,
        reason: request.reason,
      } as const;
      return this.#settle.finish(id, text(row["place"]), integer(row["attempt"]), ending, request.actor);
    });
  }

  redrive(request: {
    readonly ids: readonly string[];
    readonly actor: string;
    readonly now: Instant;
  }): string[] {
    return request.ids.filter((id) => this.#redriveOne(id, request.actor, request.now));
  }

  #redriveOne(id: string, actor: string, now: Instant): boolean {
    const { connection, journal } = this.#context;
    const row = connection.get("SELECT action FROM run_history WHERE id = ? AND state = 'failed'", id);
    if (row === undefined) return false;
    const action = text(row["action"]);
    connection.run(revive, exemptActions.has(action) ? exempt : ready, now, id);
    connection.run("DELETE FROM run_history WHERE id = ?", id);
    journal.addRun("run.redriven", now, actor, id, action, null, undefined, null);
    this.#context.tally("failed", -1);
    this.#context.tally("live", 1);
    this.#context.runDue(now);
    return true;
  }

  recover(request: { readonly now: Instant }): string[] {
    const { connection, journal } = this.#context;
    const recovered: string[] = [];
    for (const row of connection.all("SELECT node FROM lease WHERE lease_until <= ?", request.now)) {
      const node = text(row["node"]);
      connection.run("DELETE FROM lease WHERE node = ?", node);
      const lost = connection.all(
        "SELECT id, action, attempt, max_attempts, lanes FROM run WHERE place = ?",
        atNode(node),
      );
      journal.add({
        at: request.now,
        kind: "node.lost",
        actor: "system",
        subject: `node:${node}`,
        data: { runs: lost.length },
      });
      for (const run of lost) this.#recoverOne(run, node, request.now);
      recovered.push(...lost.map((run) => text(run["id"])));
    }
    return recovered;
  }

  #recoverOne(row: Row, node: string, now: Instant): void {
    const { connection, journal } = this.#context;
    const id = text(row["id"]);
    const action = text(row["action"]);
    const message = `Node "${node}" stopped renewing its lease while this run was at attempt ${integer(row["attempt"])}.`;
    const error = { name: "EscapementError", code: "run.lost", message };
    journal.addRun("run.lost", now, "system", id, action, null, { node }, null);
    if (integer(row["attempt"]) >= integer(row["max_attempts"])) {
      const ending = {
        state: "failed",
        at: now,
        result: null,
        error: JSON.stringify(error),
        reason: "lost",
      } as const;
      this.#settle.finish(id, atNode(node), integer(row["attempt"]), ending, "system");
      return;
    }
    connection.run(
      "UPDATE run SET place = ?, due_at = ?, error = ?, progress = NULL WHERE id = ?",
      exemptActions.has(action) ? exempt : ready,
      now,
      JSON.stringify(error),
      id,
    );
    this.#lanes.leave(decodeLanes(row["lanes"]), now);
    this.#context.runDue(now);
  }
}
