// Records in PostgreSQL: kept with their terms in one statement, hidden, and purged. The records of many callers are kept
// together where that means the same.
import { admitAgain } from "../record/admit.ts";
import { Facets } from "../record/facets.ts";
import { appendedEvents, forgottenEvent, sweptEvent } from "../storage/record-events.ts";
import { contentForms, countTexts, indexedAs } from "../storage/record-row.ts";
import type { Appended, NewRecordRow, RecordRow, RecordStorage, Sweep } from "../storage/records.ts";
import { integer, text } from "../storage/row.ts";
import { numbers, texts, whole } from "./columns.ts";
import type { Connection } from "./connection.ts";
import { pointAt, pointNow, takePoints } from "./memory-points.ts";
import { moveRef, targetOf } from "./postgres-refs.ts";
import { ancestors, getRecords, listRecords, match, readChanges, recordsBySeq } from "./record-reads.ts";
import type { Session } from "./session.ts";
import type { WriteContext } from "./write-context.ts";

type Input<Verb extends keyof RecordStorage> = Parameters<RecordStorage[Verb]>[0];
type Appending = Input<"append">;

const keep = `SELECT n, seq, at, fresh, print, forgotten FROM escapement.append_records($1, $2::text[], $3::text[], $4::text[],
  $5::integer[], $6::text[], $7::bytea[], $8::text[], $9::text[], $10::text[], $11::text[])`;
const hide = `UPDATE escapement.record SET forgotten_seq = $2, forgotten_at = $3, forgotten_reason = $4 WHERE seq = $1`;
const reindex =
  "UPDATE escapement.record SET terms = array_to_tsvector(string_to_array($2, ' ')) WHERE seq = $1";
const empty = `UPDATE escapement.record SET purged_seq = $2, body = NULL, bytes = NULL, metadata = NULL, terms = '' WHERE seq = $1`;

const ruled = "FROM escapement.record WHERE namespace = $1 AND seq < $2 AND purged_seq IS NULL";
const referenced = "(SELECT escapement.referenced_records())";
const swept = `SELECT id ${ruled} AND id NOT IN ${referenced} ORDER BY seq LIMIT $3`;
const spared = `SELECT count(*) AS n ${ruled} AND id IN ${referenced}`;
const nthNewest = `SELECT seq FROM escapement.record WHERE namespace = $1 AND forgotten_seq IS NULL
  ORDER BY seq DESC LIMIT 1 OFFSET $2`;

const facets = new Facets();

export function recordsIn(session: Session): RecordStorage {
  return {
    append: async (request) => (await appendAll(session, [request]))[0] ?? [],
    forget: (request) => session.transact((context) => forget(context, request)),
    sweep: (request) => session.transact((context) => sweep(context, request)),
    get: (request) => session.read((connection) => getRecords(connection, request)),
    bySeq: (request) => session.read((connection) => recordsBySeq(connection, request)),
    list: (filter) => session.read((connection) => listRecords(connection, filter)),
    ancestors: (request) => session.read((connection) => ancestors(connection, request)),
    match: (request) => session.read((connection) => match(connection, request)),
    changes: (request) => session.read((connection) => readChanges(connection, request)),
    point: ({ at }) =>
      session.read((connection) => (at === undefined ? pointNow(connection) : pointAt(connection, at))),
  };
}

/** What many callers want kept, in one transaction: all of it or nothing. */
export function appendAll(
  session: Session,
  requests: readonly Appending[],
): Promise<(readonly Appended[])[]> {
  return session.transact((context) => appendInside(context, requests));
}

/** The same within a transaction that does more. */
export async function appendInside(
  context: WriteContext,
  requests: readonly Appending[],
): Promise<(readonly Appended[])[]> {
  const records = requests.flatMap((request) => request.records);
  const now = Math.max(...requests.map((request) => request.now));
  const appended = await keepAll(context.connection, records, now);
  let from = 0;
  const answers: (readonly Appended[])[] = [];
  for (const request of requests) {
    const answer = appended.slice(from, from + request.records.length);
    from += request.records.length;
    await settleOne(context, request, answer);
    answers.push(answer);
  }
  return answers;
}

async function keepAll(
  connection: Connection,
  records: readonly NewRecordRow[],
  now: number,
): Promise<Appended[]> {
  if (records.length === 0) return [];
  const rows = await connection.all(
    keep,
    whole(now),
    texts(records.map(({ id }) => id)),
    texts(records.map(({ namespace }) => namespace)),
    texts(records.map(({ contentType }) => contentType)),
    numbers(records.map(({ form }) => contentForms.indexOf(form))),
    texts(records.map(({ body }) => (typeof body === "string" ? body : null))),
    texts(records.map(({ body }) => (typeof body === "string" ? null : hexOf(body)))),
    texts(records.map(({ print }) => print)),
    texts(records.map(({ parents }) => (parents.length === 0 ? null : JSON.stringify(parents)))),
    texts(records.map(({ metadata }) => metadata)),
    texts(records.map(({ terms }) => terms)),
  );
  const seen = new Set<number>();
  return records.map((record, index): Appended => {
    const row = rows[index];
    const seq = integer(row?.["seq"]);
    const created = row?.["fresh"] === true && !seen.has(seq);
    if (!created) admitAgain(record, { print: text(row?.["print"]), forgotten: row?.["forgotten"] === true });
    seen.add(seq);
    return [seq, integer(row?.["at"]), created];
  });
}

function hexOf(bytes: Uint8Array): string {
  return String.raw`\x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex")}`;
}

async function settleOne(
  context: WriteContext,
  request: Appending,
  appended: readonly Appended[],
): Promise<void> {
  const { records, move, ...cause } = request;
  const made = records.flatMap((record, index) => {
    const [seq = 0, , created = false] = appended[index] ?? [];
    return created ? [[record, seq] as const] : [];
  });
  const at = appended.find(([, , created]) => created)?.[1] ?? cause.now;
  if (made.length > 0) for (const event of appendedEvents(made, cause, at)) context.journal.add(event);
  if (move === undefined) return;
  // The same append once more, because its answer was lost: the ref stands where it shall already.
  if (made.length === 0 && (await targetOf(context.connection, move.name)) === move.to) return;
  await moveRef(context, { move, ...cause });
}

async function forget(context: WriteContext, request: Input<"forget">): Promise<boolean> {
  const { connection, journal } = context;
  await takePoints(connection, 0, request.now);
  const [row] = await getRecords(connection, { ids: [request.id] });
  if (row === undefined || (row.forgotten !== undefined && (!request.purge || row.forgotten.purged)))
    return false;
  const { seq, at } = await takePoints(connection, 1, request.now, -countTexts([row]));
  await hideOne(connection, row, request, { seq, at });
  journal.add(forgottenEvent(row, request, at));
  return true;
}

async function hideOne(
  connection: Connection,
  row: RecordRow,
  how: { readonly reason: string; readonly purge: boolean },
  { seq, at }: { readonly seq: number; readonly at: number },
): Promise<void> {
  if (row.forgotten === undefined) await connection.run(hide, row.seq, seq, at, how.reason);
  if (how.purge) await connection.run(empty, row.seq, seq);
  else await connection.run(reindex, row.seq, indexedAs(facets, row).forgotten);
  await connection.run("DELETE FROM escapement.vector WHERE seq = $1", row.seq);
}

async function sweep(context: WriteContext, request: Input<"sweep">): Promise<Sweep> {
  const { connection, journal } = context;
  const { namespace, limit, dryRun, now } = request;
  await takePoints(connection, 0, now);
  const below = await cutOf(connection, request);
  const rows = await connection.all(swept, namespace, below, limit);
  const ids = rows.map((row) => text(row["id"]));
  const kept = integer((await connection.get(spared, namespace, below))?.["n"]);
  if (dryRun || ids.length === 0) return { ids, referenced: kept };
  const found = (await getRecords(connection, { ids })).filter((row) => row !== undefined);
  const last = await takePoints(connection, ids.length, now, -countTexts(found));
  for (const [number, row] of found.entries()) {
    const point = { seq: last.seq - ids.length + 1 + number, at: last.at };
    await hideOne(connection, row, { reason: "retention", purge: true }, point);
  }
  journal.add(sweptEvent(namespace, ids.length, request, last.at));
  return { ids, referenced: kept };
}

/** Every record with a smaller number falls under the rule. */
async function cutOf(
  connection: Connection,
  { namespace, before, keepNewest }: Input<"sweep">,
): Promise<number> {
  const byAge = before === undefined ? 0 : (await pointAt(connection, before - 1)) + 1;
  if (keepNewest === undefined) return byAge;
  if (keepNewest === 0) return Number.MAX_SAFE_INTEGER;
  const row = await connection.get(nthNewest, namespace, keepNewest - 1);
  return Math.max(byAge, row === undefined ? 0 : integer(row["seq"]));
}
