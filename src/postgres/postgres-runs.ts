// Runs in PostgreSQL: the verbs that have no file of their own.
import { inFifo } from "../run/place.ts";
import { text } from "../storage/row.ts";
import type { RunStorage } from "../storage/runs.ts";
import { clean, ids, texts } from "./columns.ts";
import { placeOf } from "./enqueue.ts";
import type { PostgresFifo } from "./postgres-fifo.ts";
import type { Session } from "./session.ts";
import type { Settle } from "./settle.ts";
import type { WriteContext } from "./write-context.ts";

/** The row, its event and the answer in one round trip. */
const progress = `WITH held AS (
    UPDATE escapement.run SET progress = $4::double precision WHERE id = $2 AND node = $1 AND fence = $3::bigint RETURNING id
  ), noted AS (
    INSERT INTO escapement.journal_inbox (at, kind, actor, label, subjects, data)
    SELECT $5::bigint, CASE WHEN EXISTS (SELECT 1 FROM held) THEN 'run.progressed' ELSE 'run.stale' END, 'node:' || $1, $6::text,
      ARRAY['run:' || $2], ARRAY[$7::text]
  ) SELECT id FROM held`;
const failed = `SELECT id, action, fifo FROM escapement.run_history WHERE state = 'failed' AND id = ANY ($1::text[]) ORDER BY id FOR UPDATE`;
const kept =
  "id, priority, action, params, task_id, scheduled_for, max_attempts, pass, passes, cluster, lanes, rates, fifo, parent_id, tags, options, error";
/** A key that was given to another run meanwhile stays with that one. */
const revive = `WITH old AS (
    DELETE FROM escapement.run_history WHERE id = ANY ($1::text[]) RETURNING key, ${kept}
  ) INSERT INTO escapement.run (place, due_at, key, ${kept})
    SELECT revived.place, $3::bigint, CASE WHEN row_number() OVER (PARTITION BY action, key ORDER BY id) = 1
      AND (SELECT id FROM escapement.run WHERE run.action = old.action AND run.key = old.key) IS NULL THEN key END, ${kept}
    FROM old JOIN unnest($1::text[], $2::text[]) AS revived (revived_id, place) ON revived_id = id`;

type Input<Verb extends keyof RunStorage> = Parameters<RunStorage[Verb]>[0];

export class PostgresRuns {
  readonly #settle: Settle;
  readonly #fifo: PostgresFifo;

  constructor(settle: Settle, fifo: PostgresFifo) {
    this.#settle = settle;
    this.#fifo = fifo;
  }

  async progress(session: Session, request: Input<"progress">): Promise<boolean> {
    const { node, id, fence, fraction, note, now } = request;
    const data = JSON.stringify({ fraction });
    const label = note === undefined ? null : clean(note);
    const held = await session.direct((connection) =>
      connection.get(progress, node, id, fence, fraction, Math.round(now), label, data),
    );
    session.tell({});
    return held !== undefined;
  }

  async cancel(context: WriteContext, request: Input<"cancel">): Promise<string[]> {
    const rows = await this.#settle.lock(context, request.ids);
    return this.#settle.cancel(context, rows, request);
  }

  async redrive(context: WriteContext, request: Input<"redrive">): Promise<string[]> {
    const { connection } = context;
    const { actor, now } = request;
    const rows = await connection.all(failed, ids(Array.from(request.ids).sort()));
    if (rows.length === 0) return [];
    const runs = rows.map((row) => ({
      id: text(row["id"]),
      action: text(row["action"]),
      ...(typeof row["fifo"] === "string" ? { fifo: row["fifo"] } : {}),
    }));
    const waiting = await this.#fifo.enter(context, runs);
    const places = runs.map((run) => (waiting.has(run.id) ? inFifo(run.fifo ?? "") : placeOf(run)));
    const found = runs.map((run) => run.id);
    await connection.run(revive, texts(found), texts(places), Math.round(now));
    context.journal.addRuns(
      "run.redriven",
      actor,
      runs.map((run) => [run.id, now, null, run.action, null, null]),
    );
    context.tally("failed", -found.length);
    context.tally("live", found.length);
    context.runDue(now);
    return found;
  }
}
