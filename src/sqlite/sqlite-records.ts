// Records in SQLite: kept with their terms in one transaction, hidden, and purged. There is one writer, so points follow
// each other without gaps.
import { admitAgain } from "../record/admit.ts";
import { Facets } from "../record/facets.ts";
import { appendedEvents, forgottenEvent, sweptEvent } from "../storage/record-events.ts";
import { contentForms, countTexts, hasText, indexedAs } from "../storage/record-row.ts";
import type { Appended, NewRecordRow, RecordRow, RecordStorage, Sweep } from "../storage/records.ts";
import { integer, text } from "../storage/row.ts";
import { pointAt, pointNow, takePoints } from "./memory-points.ts";
import { getRecord } from "./record-reads.ts";
import type { SqliteRefs } from "./sqlite-refs.ts";
import type { WriteContext } from "./write-context.ts";

type Input<Verb extends keyof RecordStorage> = Parameters<RecordStorage[Verb]>[0];

const insert = `INSERT INTO record (seq, at, form, id, namespace, content_type, print, parents, metadata, body)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`;
const index = "INSERT INTO record_terms (rowid, term) VALUES (?, ?)";
const unindex = "INSERT INTO record_terms (record_terms, rowid, term) VALUES ('delete', ?, ?)";
const hide = "UPDATE record SET forgotten_seq = ?, forgotten_at = ?, forgotten_reason = ? WHERE seq = ?";
const empty = "UPDATE record SET purged_seq = ?, body = NULL, metadata = NULL WHERE seq = ?";

const reached = `WITH RECURSIVE reached (id) AS (SELECT target FROM ref UNION
  SELECT parent.value FROM reached JOIN record ON record.id = reached.id CROSS JOIN json_each(record.parents) AS parent)`;
const ruled = "FROM record WHERE namespace = ? AND seq < ? AND purged_seq IS NULL";
const swept = `${reached} SELECT id ${ruled} AND id NOT IN (SELECT id FROM reached) ORDER BY seq LIMIT ?`;
const spared = `${reached} SELECT count(*) AS n ${ruled} AND id IN (SELECT id FROM reached)`;
const nthNewest = `SELECT seq FROM record WHERE namespace = ? AND forgotten_seq IS NULL ORDER BY seq DESC LIMIT 1 OFFSET ?`;

export class SqliteRecords {
  readonly #context: WriteContext;
  readonly #refs: SqliteRefs;
  readonly #facets = new Facets();

  constructor(context: WriteContext, refs: SqliteRefs) {
    this.#context = context;
    this.#refs = refs;
  }

  append({ records, move, ...cause }: Input<"append">): Appended[] {
    const { connection, journal } = this.#context;
    this.#context.overwriteFreed();
    const first = pointNow(connection) + 1;
    // What turns out to be there already gives its points back.
    const { at } = takePoints(connection, records.length, cause.now, records.filter(hasText).length);
    let next = first;
    const made: (readonly [NewRecordRow, number])[] = [];
    const appended = records.map((record): Appended => {
      if (!this.#insert(record, next, at)) return this.#again(record);
      made.push([record, next]);
      return [next++, at, true];
    });
    if (made.length < records.length) {
      const texts = records.filter(hasText).length - made.filter(([record]) => hasText(record)).length;
      connection.run("UPDATE memory SET point = ?, texts = texts - ?", next - 1, texts);
    }
    if (made.length > 0) for (const event of appendedEvents(made, cause, at)) journal.add(event);
    // The same append once more, because its answer was lost: the ref stands where it shall already.
    const isRetold = made.length === 0 && move !== undefined && this.#refs.target(move.name) === move.to;
    if (move !== undefined && !isRetold) this.#refs.set({ move, ...cause });
    return appended;
  }

  #insert(record: NewRecordRow, seq: number, at: number): boolean {
    const { connection } = this.#context;
    const { id, namespace, contentType, form, body, print, parents, metadata, terms } = record;
    const changed = connection.run(
      insert,
      seq,
      at,
      contentForms.indexOf(form),
      id,
      namespace,
      contentType,
      print,
      parents.length === 0 ? null : JSON.stringify(parents),
      metadata ?? null,
      body,
    );
    if (changed === 0) return false;
    connection.run(index, seq, terms);
    return true;
  }

  #again(record: NewRecordRow): Appended {
    const there = this.#read(record.id);
    admitAgain(record, { print: there.print, forgotten: there.forgotten !== undefined });
    return [there.seq, there.at, false];
  }

  #read(id: string): RecordRow {
    const row = getRecord(this.#context.connection, id);
    if (row === undefined) throw new Error(`Record ${id} was there a moment ago.`);
    return row;
  }

  forget(request: Input<"forget">): boolean {
    const { connection, journal } = this.#context;
    const row = getRecord(connection, request.id);
    if (row === undefined || (row.forgotten !== undefined && (!request.purge || row.forgotten.purged)))
      return false;
    const { seq, at } = takePoints(connection, 1, request.now, -countTexts([row]));
    this.#hide(row, request, seq, at);
    journal.add(forgottenEvent(row, request, at));
    return true;
  }

  #hide(
    row: RecordRow,
    how: { readonly reason: string; readonly purge: boolean },
    seq: number,
    at: number,
  ): void {
    const { connection } = this.#context;
    this.#context.overwriteFreed();
    const terms = indexedAs(this.#facets, row);
    const before = row.forgotten === undefined ? terms.live : terms.forgotten;
    connection.run(unindex, row.seq, before);
    if (row.forgotten === undefined) connection.run(hide, seq, at, how.reason, row.seq);
    if (how.purge) connection.run(empty, seq, row.seq);
    else connection.run(index, row.seq, terms.forgotten);
    connection.run("DELETE FROM vector WHERE seq = ?", row.seq);
  }

  sweep(request: Input<"sweep">): Sweep {
    const { connection, journal } = this.#context;
    const { namespace, limit, dryRun, now } = request;
    const below = this.#cut(request);
    const ids = connection.all(swept, namespace, below, limit).map((row) => text(row["id"]));
    const referenced = integer(connection.get(spared, namespace, below)?.["n"]);
    if (dryRun || ids.length === 0) return { ids, referenced };
    const rows = ids.map((id) => this.#read(id));
    const last = takePoints(connection, ids.length, now, -countTexts(rows));
    rows.forEach((row, number) => {
      const seq = last.seq - ids.length + 1 + number;
      this.#hide(row, { reason: "retention", purge: true }, seq, last.at);
    });
    journal.add(sweptEvent(namespace, ids.length, request, last.at));
    return { ids, referenced };
  }

  /** Every record with a smaller number falls under the rule. */
  #cut({ namespace, before, keepNewest }: Input<"sweep">): number {
    const { connection } = this.#context;
    const byAge = before === undefined ? 0 : pointAt(connection, before - 1) + 1;
    if (keepNewest === undefined) return byAge;
    if (keepNewest === 0) return Number.MAX_SAFE_INTEGER;
    const row = connection.get(nthNewest, namespace, keepNewest - 1);
    return Math.max(byAge, row === undefined ? 0 : integer(row["seq"]));
  }
}
