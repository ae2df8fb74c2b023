// Keeping new runs in PostgreSQL. Runs without a key and without a line, which is nearly all, are one statement however
// many they are; the others are looked at one by one, in their order, because each may stand in the way of the next.
import type { Instant } from "../base/clock.ts";
import { exemptActions } from "../run/controls.ts";
import { exempt, inFifo, ready } from "../run/place.ts";
import { EscapementError } from "../base/errors.ts";
import { hash32 } from "../base/hash.ts";
import type { RunNote } from "../storage/journal.ts";
import { text } from "../storage/row.ts";
import { causeOf } from "../storage/run-row.ts";
import type { KeyConflict, NewRun, RunStorage } from "../storage/runs.ts";
import { texts, textsOrNull, wholeNumbers } from "./columns.ts";
import type { PostgresFifo } from "./postgres-fifo.ts";
import { insertRuns, insertRunsTakes, runColumns } from "./run-columns.ts";
import { getRuns } from "./run-reads.ts";
import type { Session } from "./session.ts";
import type { Settle } from "./settle.ts";
import type { WriteContext } from "./write-context.ts";

/** The values that say what is to be noted stand behind those of the rows. */
const note = (n: number): string => `$${insertRunsTakes + n}`;
/** The rows, their events and their count in one round trip. */
const insertPlain = `WITH kept AS (${insertRuns}), noted AS (
    INSERT INTO escapement.journal_inbox (at, ats, kind, actor, label, labels, subjects, parents)
    SELECT ${note(1)}::bigint, ${note(2)}::bigint[], 'run.enqueued', ${note(3)}::text, ${note(4)}::text, ${note(5)}::text[],
      string_to_array('run:' || replace($1::text, E'\\x1e', E'\\x1erun:'), E'\\x1e'), ${note(6)}::text[]
  ) INSERT INTO escapement.tally (name, value) VALUES ('live', ${note(7)}::bigint)`;
/** So many keys can be looked up at the same time; those that share a number wait for each other. */
const keyLocks = 64;
const lockKeys =
  "SELECT pg_advisory_xact_lock(hashtextextended('escapement.key', k)) FROM unnest($1::bigint[]) AS k";
const holders = `SELECT asked.action, asked.key, holder.id, holder.live FROM unnest($1::text[], $2::text[]) AS asked (action, key),
  LATERAL (SELECT id, live FROM (
      SELECT id, true AS live FROM escapement.run WHERE run.action = asked.action AND run.key = asked.key
      UNION ALL (SELECT id, false FROM escapement.run_history AS old WHERE old.action = asked.action AND old.key = asked.key ORDER BY id DESC LIMIT 1)
    ) AS both_kept ORDER BY live DESC LIMIT 1) AS holder`;

type Request = Parameters<RunStorage["enqueue"]>[0];

/** Runs on their way in, each with who asked for it. */
interface Arrival {
  readonly runs: readonly NewRun[];
  readonly actorOf: (run: NewRun) => string;
  readonly now: Instant;
}

/** Who has a key at present. */
interface Holder {
  readonly id: string;
  readonly live: boolean;
}

export class Enqueue {
  readonly #settle: Settle;
  readonly #fifo: PostgresFifo;

  constructor(settle: Settle, fifo: PostgresFifo) {
    this.#settle = settle;
    this.#fifo = fifo;
  }

  async enqueue(session: Session, request: Request): Promise<KeyConflict[]> {
    if (request.runs.length === 0) return [];
    if (isPlain(request)) {
      await this.enqueuePlain(session, [request]);
      return [];
    }
    const arrival = { runs: request.runs, actorOf: () => request.actor, now: request.now };
    return session.transact((context) => this.inside(context, arrival));
  }

  /** The requests of many callers, all of one actor and all plain. */
  async enqueuePlain(session: Session, requests: readonly Request[]): Promise<void> {
    const runs = requests.flatMap((request) => request.runs);
    const values = [...runColumns(runs, runs.map(placeOf)), ...noteOf(requests, runs)];
    await session.direct((connection) => connection.run(insertPlain, ...values));
    session.tell({ runsDueAt: earliest(runs) });
  }

  /** The same within a transaction that does more. */
  async inside(context: WriteContext, arrival: Arrival): Promise<KeyConflict[]> {
    const taken = await this.#holders(context, arrival.runs);
    const lines = await this.#lockAhead(context, arrival.runs, taken);
    const conflicts = new Map<string, string>();
    let clear: NewRun[] = [];
    for (const run of arrival.runs) {
      const holder = run.key === undefined ? undefined : taken.get(nameOf(run));
      const { onConflict = "return" } = run;
      if (holder !== undefined && (onConflict !== "replace" || holder.live)) {
        // What is about to be written may be what stands in the way.
        await this.#insert(context, { ...arrival, runs: clear });
        clear = [];
        if (onConflict === "replace") await this.#replace(context, holder.id, run, arrival);
        else {
          refuse(context, holder.id, run, arrival);
          conflicts.set(run.id, holder.id);
          continue;
        }
      }
      clear.push(run);
      if (run.key !== undefined) taken.set(nameOf(run), { id: run.id, live: true });
    }
    await this.#insert(context, { ...arrival, runs: clear });
    await this.#fifo.tidy(context, lines);
    return conflicts.size === 0 ? [] : describe(context, conflicts);
  }

  /** Locks the keys: until the commit nobody else can give them away. */
  async #holders(context: WriteContext, runs: readonly NewRun[]): Promise<Map<string, Holder>> {
    const keyed = runs.filter((run) => run.key !== undefined);
    if (keyed.length === 0) return new Map();
    const locks = new Set(keyed.map((run) => hash32(nameOf(run)) % keyLocks));
    const sorted = Array.from(locks).sort((a, b) => a - b);
    await context.connection.all(lockKeys, wholeNumbers(sorted));
    const actions = texts(keyed.map((run) => run.action));
    const rows = await context.connection.all(holders, actions, texts(keyed.map((run) => run.key)));
    return new Map(
      rows.map((row) => [
        nameOf({ action: text(row["action"]), key: text(row["key"]) }),
        { id: text(row["id"]), live: row["live"] === true },
      ]),
    );
  }

  /**
   * What is decided run by run would lock rows and lines in any order, and might wait in a circle: where there are keys,
   * all of them are locked before, in order. Resolves to the lines.
   */
  async #lockAhead(
    context: WriteContext,
    runs: readonly NewRun[],
    taken: ReadonlyMap<string, Holder>,
  ): Promise<readonly string[]> {
    if (runs.every((run) => run.key === undefined)) return [];
    const replaced = runs.flatMap((run) => {
      const holder = run.onConflict === "replace" ? taken.get(nameOf(run)) : undefined;
      return holder?.live === true ? [holder.id] : [];
    });
    const rows = replaced.length === 0 ? [] : await this.#settle.lock(context, replaced);
    const lines = [...rows.map((row) => row["fifo"]), ...runs.map((run) => run.fifo)];
    return this.#fifo.lock(context, lines);
  }

  async #insert(context: WriteContext, { runs, actorOf, now }: Arrival): Promise<void> {
    if (runs.length === 0) return;
    const waiting = await this.#fifo.enter(context, runs);
    const places = runs.map((run) => (waiting.has(run.id) ? inFifo(run.fifo ?? "") : placeOf(run)));
    await context.connection.run(insertRuns, ...runColumns(runs, places));
    for (const run of runs) {
      const note: RunNote = [run.id, now, causeOf(run), run.action, null, null];
      context.journal.addRuns("run.enqueued", actorOf(run), [note]);
    }
    context.tally("live", runs.length);
    context.runDue(earliest(runs));
  }

  /** One that waits is cancelled; one that runs goes on, but the key is the new one's. */
  async #replace(context: WriteContext, id: string, run: NewRun, arrival: Arrival): Promise<void> {
    const [row] = await this.#settle.lock(context, [id]);
    if (row === undefined) return;
    if (row["node"] !== null) {
      await context.connection.run("UPDATE escapement.run SET key = NULL WHERE id = $1", id);
      return;
    }
    const reason = `replaced by run ${run.id}`;
    await this.#settle.cancel(context, [row], { reason, actor: arrival.actorOf(run), now: arrival.now });
  }
}

/** Whether the runs need nothing but to be written down. */
export function isPlain(request: Request): boolean {
  return request.runs.every((run) => run.key === undefined && run.fifo === undefined);
}

async function describe(
  context: WriteContext,
  conflicts: ReadonlyMap<string, string>,
): Promise<KeyConflict[]> {
  const found = await getRuns(context.connection, [...conflicts.values()]);
  const records = new Map(found.map((record) => [record.id, record]));
  return Array.from(conflicts).flatMap(([id, holder]) => {
    const existing = records.get(holder);
    return existing === undefined ? [] : [{ id, existing }];
  });
}

function refuse(context: WriteContext, holder: string, run: NewRun, arrival: Arrival): void {
  if (run.onConflict === "reject") {
    throw new EscapementError(
      "run.conflict",
      `Action "${run.action}" has run ${holder} with the key ${JSON.stringify(run.key)} already: use another key, or another onConflict.`,
      { details: { key: run.key, existing: holder } },
    );
  }
  if (run.onConflict !== "drop") return;
  const note = `dropped: run ${holder} has the same key`;
  context.journal.addRuns("run.skipped", arrival.actorOf(run), [
    [run.id, arrival.now, `run:${holder}`, note, null, null],
  ]);
}

function nameOf(run: Pick<NewRun, "action" | "key">): string {
  return JSON.stringify([run.action, run.key]);
}

export function placeOf(run: Pick<NewRun, "action">): string {
  return exemptActions.has(run.action) ? exempt : ready;
}

function earliest(runs: readonly NewRun[]): number {
  return runs.reduce((first, run) => Math.min(first, run.dueAt), Number.POSITIVE_INFINITY);
}

/** The values of the plain insert behind those of the rows. */
function noteOf(requests: readonly Request[], runs: readonly NewRun[]): unknown[] {
  const action = runs[0]?.action ?? "";
  const same = runs.every((run) => run.action === action);
  const latest = Math.max(...requests.map((request) => request.now));
  const ats = requests.every((request) => request.now === latest)
    ? null
    : wholeNumbers(requests.flatMap((request) => request.runs.map(() => request.now)));
  return [
    Math.round(latest),
    ats,
    requests[0]?.actor ?? "system",
    same ? action : null,
    same ? null : texts(runs.map((run) => run.action)),
    textsOrNull(runs.map(causeOf)),
    runs.length,
  ];
}
