// Gates in PostgreSQL: shutting, opening, releasing, and what a release would let go. Whoever moves a gate holds the lock
// of the controls alone, which claims share: of two operators one is later and sees what the other did.
import type { Instant } from "../base/clock.ts";
import { exemptActions } from "../run/controls.ts";
import { refusalOf, type Gate } from "../run/gate.ts";
import { behindGate } from "../run/place.ts";
import {
  answerOfKey,
  blocked,
  decodeGate,
  eventOfRelease,
  eventOfSet,
  keysFrom,
  pendingOf,
  released,
  scopesOfHeld,
} from "../storage/gate-row.ts";
import type { GateStorage, HeldWork, PendingWork, ReleaseAnswer } from "../storage/gate.ts";
import { ownLine } from "../storage/own-line.ts";
import { integer } from "../storage/row.ts";
import { texts } from "./columns.ts";
import type { Connection } from "./connection.ts";
import { findHeld } from "./gate-reads.ts";
import type { PostgresControl } from "./postgres-control.ts";
import { appendNow, readEvents } from "./postgres-journal.ts";
import type { WriteContext } from "./write-context.ts";

type Input<Verb extends keyof GateStorage> = Parameters<GateStorage[Verb]>[0];

const put = `INSERT INTO escapement.gate (scope, actor, at, reason) VALUES ($1, $2, $3, $4)
  ON CONFLICT (scope) DO UPDATE SET actor = excluded.actor, at = excluded.at, reason = excluded.reason`;
/** Who waits for a seat or a unit of a limit when the gate is shut waits before the gate first, so that age decides. */
const stopShort = `UPDATE escapement.run SET place = $1 WHERE id = ANY (ARRAY(
  SELECT id FROM escapement.run WHERE ((place >= 'lane:' AND place < 'lane;') OR (place >= 'limit:' AND place < 'limit;'))
    AND node IS NULL AND permit IS NULL AND action <> ALL ($2::text[])
    AND ($3 = 'all' OR 'action:' || action = $3 OR 'task:' || task_id = $3)
  ORDER BY id FOR UPDATE))`;
/** Meanwhile it may have been cancelled. */
const permit = `UPDATE escapement.run SET permit = $2, place = ${ownLine} WHERE id = $1 AND node IS NULL AND permit IS NULL`;
/** A process that nobody holds can be taken hold of now. */
const permitMessage = `UPDATE escapement.process SET permit = $2, gate = NULL,
  waiting = CASE WHEN node IS NULL THEN coalesce(waiting, $3) END WHERE id = $1`;
const freeProcesses = `UPDATE escapement.process SET gate = NULL,
    waiting = CASE WHEN node IS NULL AND parked IS NULL AND head > folded THEN coalesce(waiting, $2) END
  WHERE id = ANY (ARRAY(SELECT id FROM escapement.process WHERE gate = $1 ORDER BY id FOR UPDATE))`;
const moved = "SELECT coalesce(max(seq), 0) AS seq FROM escapement.gate_move WHERE scope IN ($1, '')";
const putMoves = `INSERT INTO escapement.gate_move (scope, seq) SELECT scope, $2::bigint FROM unnest($1::text[]) AS scope
  ON CONFLICT (scope) DO UPDATE SET seq = excluded.seq`;
const known = "SELECT scope, answer FROM escapement.gate_key WHERE key = $1";
const remember = "INSERT INTO escapement.gate_key (key, scope, at, answer) VALUES ($1, $2, $3, $4)";
const exemptNames = texts([...exemptActions]);

export async function listGates(connection: Connection): Promise<readonly Gate[]> {
  return (await connection.all("SELECT * FROM escapement.gate ORDER BY scope")).map(decodeGate);
}

export class PostgresGate {
  readonly #control: PostgresControl;

  constructor(control: PostgresControl) {
    this.#control = control;
  }

  async set(context: WriteContext, request: Input<"set">): Promise<boolean> {
    const { scope, mode, actor, reason, now } = request;
    const { connection } = context;
    await this.#control.alone(context);
    if (mode === "stepper") {
      await connection.run(put, scope, actor, Math.round(now), reason ?? null);
      await connection.run(stopShort, behindGate(scope), exemptNames, scope);
    } else {
      if ((await connection.run("DELETE FROM escapement.gate WHERE scope = $1", scope)) === 0) return false;
      await connection.run(freeProcesses, scope, Math.round(now));
      context.tell({ messages: [] });
      await this.#control.release(context, behindGate(scope), now);
      // What no claim has parked yet stands where it would.
      context.runDue(now);
    }
    await this.#control.renumber(context);
    // Whatever anybody has seen of any gate is old now.
    await connection.run("DELETE FROM escapement.gate_move WHERE scope <> ''");
    const seq = await appendNow(connection, [eventOfSet(request)]);
    await connection.run(putMoves, texts([""]), seq);
    return true;
  }

  async next(context: WriteContext, request: Input<"next">): Promise<ReleaseAnswer> {
    const { scope, expectedHead, key, now } = request;
    const { connection } = context;
    const controls = await this.#control.alone(context);
    const row = key === undefined ? undefined : await connection.get(known, key);
    if (row !== undefined) return answerOfKey(row, scope);
    const movedAt = await readMovedAt(connection, scope);
    const refusal = refusalOf(scope, expectedHead, { controls, now, movedAt });
    if (refusal !== undefined) return blocked(refusal);
    for (;;) {
      const { held, isKilled } = await findHeld(connection, scope, controls, now);
      if (held === undefined) return blocked(isKilled ? "switch" : "nothing_pending");
      if (await this.#permit(context, held, now)) return this.#tell(context, held, request);
    }
  }

  async #permit(context: WriteContext, held: HeldWork, now: Instant): Promise<boolean> {
    const { connection } = context;
    if (held.kind === "run") {
      context.runDue(now);
      return (await connection.run(permit, held.id, Math.round(now))) > 0;
    }
    context.tell({ messages: [[held.process, held.slot + 1]] });
    return (await connection.run(permitMessage, held.process, held.slot, Math.round(now))) > 0;
  }

  /** The last part of the transaction: the numbers of the journal are held until the commit. */
  async #tell(context: WriteContext, held: HeldWork, request: Input<"next">): Promise<ReleaseAnswer> {
    const { scope, key, now } = request;
    const { connection } = context;
    const seq = await appendNow(connection, [eventOfRelease(held, request)]);
    await connection.run(putMoves, texts(scopesOfHeld(held)), seq);
    const answer = released(await readEvents(connection, { after: seq - 1, limit: 1 }));
    if (key === undefined) return answer;
    await connection.run("DELETE FROM escapement.gate_key WHERE at < $1", Math.round(keysFrom(now)));
    await connection.run(remember, key, scope, Math.round(now), JSON.stringify(answer));
    return answer;
  }

  async pending(connection: Connection, { scope, now }: Input<"pending">): Promise<PendingWork> {
    const { controls } = await this.#control.reload(connection);
    const movedAt = await readMovedAt(connection, scope);
    const refusal = refusalOf(scope, undefined, { controls, now, movedAt });
    const found =
      refusal === undefined ? await findHeld(connection, scope, controls, now) : { isKilled: false };
    return pendingOf(movedAt, refusal, found);
  }
}

async function readMovedAt(connection: Connection, scope: string): Promise<number> {
  return integer((await connection.get(moved, scope))?.["seq"]);
}
