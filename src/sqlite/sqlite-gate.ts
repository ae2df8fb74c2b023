// Gates in SQLite: shutting, opening and releasing. There is one writer, so nothing comes between looking and deciding.
import { exemptActions } from "../run/controls.ts";
import { refusalOf } from "../run/gate.ts";
import { behindGate } from "../run/place.ts";
import {
  answerOfKey,
  blocked,
  eventOfRelease,
  eventOfSet,
  keysFrom,
  released,
  scopesOfHeld,
} from "../storage/gate-row.ts";
import type { GateStorage, HeldWork, ReleaseAnswer } from "../storage/gate.ts";
import { ownLine } from "../storage/own-line.ts";
import { findHeld, readMovedAt } from "./gate-reads.ts";
import { journalReads } from "./journal-reads.ts";
import type { SqliteControl } from "./sqlite-control.ts";
import type { WriteContext } from "./write-context.ts";

type Input<Verb extends keyof GateStorage> = Parameters<GateStorage[Verb]>[0];

const put = `INSERT INTO gate (scope, actor, at, reason) VALUES (?, ?, ?, ?)
  ON CONFLICT (scope) DO UPDATE SET actor = excluded.actor, at = excluded.at, reason = excluded.reason`;
/** Who waits for a seat or a unit of a limit when the gate is shut waits before the gate first, so that age decides. */
const stopShort = `UPDATE run SET place = ? WHERE ((place >= 'lane:' AND place < 'lane;') OR (place >= 'limit:' AND place < 'limit;'))
  AND permit IS NULL AND action NOT IN (SELECT value FROM json_each(?))
  AND (? = 'all' OR 'action:' || action = ? OR 'task:' || task_id = ?)`;
const permit = `UPDATE run SET permit = ?, place = ${ownLine} WHERE id = ?`;
/** A process that nobody holds can be taken hold of now. */
const permitMessage = `UPDATE process SET permit = ?, gate = NULL, waiting = CASE WHEN node IS NULL THEN coalesce(waiting, ?) END
  WHERE id = ?`;
const freeProcesses = "UPDATE process SET gate = NULL, waiting = coalesce(waiting, ?) WHERE gate = ?";
const putMove =
  "INSERT INTO gate_move (scope, seq) VALUES (?, ?) ON CONFLICT (scope) DO UPDATE SET seq = excluded.seq";
const exemptNames = JSON.stringify([...exemptActions]);

export class SqliteGate {
  readonly #context: WriteContext;
  readonly #control: SqliteControl;

  constructor(context: WriteContext, control: SqliteControl) {
    this.#context = context;
    this.#control = control;
  }

  set(request: Input<"set">): boolean {
    const { scope, mode, actor, reason, now } = request;
    const { connection, journal } = this.#context;
    if (mode === "stepper") {
      connection.run(put, scope, actor, now, reason ?? null);
      connection.run(stopShort, behindGate(scope), exemptNames, scope, scope, scope);
    } else {
      if (connection.run("DELETE FROM gate WHERE scope = ?", scope) === 0) return false;
      this.#control.release(behindGate(scope), now);
      connection.run(freeProcesses, now, scope);
      this.#context.processesFreed();
      // What no claim has parked yet stands where it would.
      this.#context.runDue(now);
    }
    this.#context.controlVersion += 1;
    // Whatever anybody has seen of any gate is old now.
    connection.run("DELETE FROM gate_move");
    connection.run(putMove, "", journal.add(eventOfSet(request)));
    return true;
  }

  next(request: Input<"next">): ReleaseAnswer {
    const { scope, expectedHead, key, now } = request;
    const { connection } = this.#context;
    const known = key === undefined ? undefined : this.#known(key, scope);
    if (known !== undefined) return known;
    const controls = this.#control.controls(now);
    const movedAt = readMovedAt(connection, scope);
    const refusal = refusalOf(scope, expectedHead, { controls, now, movedAt });
    if (refusal !== undefined) return blocked(refusal);
    const { held, isKilled } = findHeld(connection, scope, controls, now);
    if (held === undefined) return blocked(isKilled ? "switch" : "nothing_pending");
    const answer = this.#release(held, request);
    if (key !== undefined) this.#remember(key, answer, request);
    return answer;
  }

  #known(key: string, scope: string): ReleaseAnswer | undefined {
    const row = this.#context.connection.get("SELECT scope, answer FROM gate_key WHERE key = ?", key);
    return row === undefined ? undefined : answerOfKey(row, scope);
  }

  #release(held: HeldWork, request: Input<"next">): ReleaseAnswer {
    const { connection, journal } = this.#context;
    const { now } = request;
    if (held.kind === "run") {
      connection.run(permit, now, held.id);
      this.#context.runDue(now);
    } else {
      connection.run(permitMessage, held.slot, now, held.process);
      this.#context.processSent(held.process, held.slot + 1);
    }
    const seq = journal.add(eventOfRelease(held, request));
    for (const scope of scopesOfHeld(held)) connection.run(putMove, scope, seq);
    return released(journalReads(connection).read({ after: seq - 1, limit: 1 }));
  }

  #remember(key: string, answer: ReleaseAnswer, { scope, now }: Input<"next">): void {
    const { connection } = this.#context;
    connection.run("DELETE FROM gate_key WHERE at < ?", keysFrom(now));
    connection.run(
      "INSERT INTO gate_key (key, scope, at, answer) VALUES (?, ?, ?, ?)",
      key,
      scope,
      now,
      JSON.stringify(answer),
    );
  }
}
