// The content of a PostgreSQL schema as plain rows, and such rows written into an empty one: what a copy is made of.
import { createHash } from "node:crypto";
import { Facets } from "../record/facets.ts";
import { judgeTarget, twoCopies } from "../storage/copy-target.ts";
import { dumpTable, dumpTables, type DumpTable, type DumpType } from "../storage/dump-tables.ts";
import type { CopyState, DumpKey, DumpRow, DumpSource, DumpStorage, DumpValue } from "../storage/dump.ts";
import { termsOfDumped } from "../storage/record-dump.ts";
import { integer, text, truth, type Row } from "../storage/row.ts";
import { numbers, texts, wholeNumbers } from "./columns.ts";
import type { Connection } from "./connection.ts";
import { journalEnd, readEventRows, writeEventRows } from "./journal-dump.ts";

type Input<Verb extends keyof DumpStorage> = Parameters<DumpStorage[Verb]>[0];

/** A part of a copy holds about so much, whatever its rows are like. */
const enoughBytes = 4_194_304;

/** Where the rows of a table are not simply its rows. */
const views: Readonly<Record<string, string>> = {
  tally:
    "(SELECT name, sum(value)::bigint AS value FROM escapement.tally GROUP BY name HAVING sum(value) <> 0) AS tally",
  memory: "(SELECT 1 AS one, * FROM escapement.memory) AS memory",
  fold: `(SELECT fold.*, (SELECT json_agg(json_build_array(id, name, input, at, chain, actor, key, parent) ORDER BY message.slot)::text
      FROM escapement.message WHERE message.process = fold.process AND message.slot >= fold.slot AND message.slot < fold.slot + fold.count)
      AS messages FROM escapement.fold) AS fold`,
  message:
    "(SELECT message.* FROM escapement.message JOIN escapement.process ON process.id = message.process WHERE message.slot >= process.folded) AS message",
  message_key: "(SELECT * FROM escapement.message WHERE key IS NOT NULL) AS message_key",
};
/** A running row keeps the place that it came from, here alone. */
const read: Readonly<Record<string, string>> = {
  "run.place": "CASE WHEN node IS NULL THEN place END",
  "record.bytes": "encode(bytes, 'hex')",
  "vector.data": "encode(data, 'hex')",
};
const written: Readonly<Record<string, string>> = {
  "run.place": "coalesce(place, '')",
  "record.bytes": "decode(bytes, 'hex')",
  "record.terms": "coalesce(array_to_tsvector(string_to_array(terms, ' ')), '')",
  "vector.data": "decode(data, 'hex')",
};

export async function readRows(connection: Connection, request: Input<"read">): Promise<readonly DumpRow[]> {
  const { table: name, after, limit } = request;
  if (name === "journal") return readEventRows(connection, Number(after?.[0] ?? 0), limit);
  if (name === "journal_end") return after === undefined ? [await journalEnd(connection)] : [];
  const table = dumpTable(name);
  const rows = await connection.all(selectOf(table, after), ...(after ?? []), limit);
  return rows.map((row) => decode(table, row));
}

/** Rows until they are too many bytes together, and at least one. */
function selectOf({ name, key, columns }: DumpTable, after: DumpKey | undefined): string {
  const names = Object.keys(columns).map(
    (column) => `${read[`${name}.${column}`] ?? quoted(column)} AS ${quoted(column)}`,
  );
  const keys = key.map(quoted).join(", ");
  const marks = key.map((_, index) => `$${index + 1}`).join(", ");
  const behind = after === undefined ? "" : `WHERE (${keys}) > (${marks})`;
  const texts = Object.entries(columns).flatMap(([column, type]) =>
    type === "text" || type === "json" ? [`coalesce(octet_length(${quoted(column)}), 0)`] : [],
  );
  return `SELECT * FROM (SELECT *, sum(${["0", ...texts].join(" + ")}) OVER (ORDER BY ${keys}) AS "+bytes", row_number() OVER (ORDER BY ${keys}) AS "+n"
    FROM (SELECT ${names.join(", ")} FROM ${views[name] ?? `escapement.${quoted(name)}`} ${behind} ORDER BY ${keys} LIMIT $${(after?.length ?? 0) + 1}) AS page) AS measured
    WHERE "+bytes" <= ${enoughBytes} OR "+n" = 1 ORDER BY ${keys}`;
}

/** Names come from dump-tables.ts; some are words of SQL. */
function quoted(name: string): string {
  return `"${name}"`;
}

function decode({ columns }: DumpTable, row: Row): DumpRow {
  return Object.fromEntries(
    Object.entries(columns).map(([column, type]) => [column, decodeValue(row[column], type)]),
  );
}

function decodeValue(value: unknown, type: DumpType): DumpValue {
  if (value === null || value === undefined) return null;
  if (type === "truth") return truth(value);
  if (type === "text") return text(value);
  if (type === "json") return JSON.stringify(JSON.parse(text(value)));
  if (type === "list") return Array.isArray(value) ? value.map(String) : [];
  return integer(value);
}

export async function readSource(connection: Connection, { now }: Input<"source">): Promise<DumpSource> {
  const leases = await connection.all(
    "SELECT node FROM escapement.lease WHERE lease_until > $1 ORDER BY node",
    Math.round(now),
  );
  const rows: Record<string, number> = {};
  for (const table of dumpTables) rows[table.name] = await countRows(connection, table);
  return {
    identity: await identityOf(connection, rows),
    nodes: leases.map((row) => text(row["node"])),
    rows,
  };
}

async function countRows(connection: Connection, { name }: DumpTable): Promise<number> {
  if (name === "journal_end") return 1;
  const what =
    name === "journal"
      ? "coalesce(sum(size), 0)::bigint AS n FROM escapement.journal"
      : `count(*) AS n FROM ${views[name] ?? `escapement.${quoted(name)}`}`;
  return integer((await connection.get(`SELECT ${what}`))?.["n"]);
}

/** Whatever changes anything writes an event, but for documents, which have versions. */
async function identityOf(connection: Connection, rows: Readonly<Record<string, number>>): Promise<string> {
  const ends = await connection.all(
    `SELECT * FROM escapement.journal WHERE first_seq IN (
      (SELECT min(first_seq) FROM escapement.journal), (SELECT max(first_seq) FROM escapement.journal)) ORDER BY first_seq`,
  );
  const [head] = await connection.all("SELECT * FROM escapement.journal_head");
  const documents = await connection.all(
    "SELECT sum(version)::text AS versions, max(updated_at) AS at FROM escapement.document",
  );
  return createHash("sha256")
    .update(JSON.stringify([head, ends, documents, rows]))
    .digest("hex");
}

export async function readState(connection: Connection): Promise<CopyState | undefined> {
  const row = await connection.get("SELECT * FROM escapement.copy");
  if (row === undefined) return undefined;
  const after: DumpKey | null = typeof row["after"] === "string" ? JSON.parse(row["after"]) : null;
  return {
    source: text(row["source"]),
    table: typeof row["table_name"] === "string" ? row["table_name"] : null,
    after,
    rows: integer(row["rows"]),
    finished: truth(row["finished"]),
  };
}

export async function beginCopy(connection: Connection, { source }: Input<"begin">): Promise<CopyState> {
  await connection.exec("LOCK TABLE escapement.copy IN EXCLUSIVE MODE");
  // What was handed in before stands in the inbox until somebody numbers it.
  await connection.get("SELECT escapement.number_journal()");
  let occupied: string | undefined;
  for (const table of dumpTables)
    if (occupied === undefined && table.always !== true && (await countRows(connection, table)) > 0)
      occupied = table.name;
  const state = judgeTarget(await readState(connection), { source, occupied });
  await connection.run(
    "INSERT INTO escapement.copy (one, source, rows, finished) VALUES (1, $1, 0, false) ON CONFLICT DO NOTHING",
    source,
  );
  return state;
}

const move = `UPDATE escapement.copy SET table_name = $1, after = $2, rows = rows + $3 WHERE rows = $4 AND NOT finished`;

export async function writeRows(connection: Connection, request: Input<"write">): Promise<void> {
  const { table: name, rows, rowsBefore } = request;
  const table = dumpTable(name);
  const last = rows.at(-1);
  if (last === undefined) return;
  const after = JSON.stringify(table.key.map((column) => last[column]));
  if ((await connection.run(move, name, after, rows.length, rowsBefore)) === 0) throw twoCopies();
  if (name === "journal") return writeEventRows(connection, rows);
  if (name === "journal_end")
    return setOne(connection, last, "journal_head", ["first", "first_chain", "audited", "chain"]);
  if (name === "memory") return setOne(connection, last, "memory", ["point", "at", "vectors", "texts"]);
  if (name === "record") {
    const facets = new Facets();
    const indexed = rows.map((row) => ({ ...row, terms: termsOfDumped(facets, row) ?? null }));
    return insertRows(connection, { ...table, columns: { ...table.columns, terms: "text" } }, indexed);
  }
  if (name === "message_key") return setPrevious(connection, rows);
  if (name === "fold") {
    await writeMessages(connection, rows);
    const { messages: _messages, ...columns } = table.columns;
    return insertRows(connection, { ...table, columns }, rows);
  }
  await insertRows(connection, table, rows);
}

async function insertRows(connection: Connection, table: DumpTable, rows: readonly DumpRow[]): Promise<void> {
  if (rows.length === 0) return;
  await connection.run(
    insertOf(table),
    ...Object.keys(table.columns).map((column) => arrayOf(table, column, rows)),
  );
}

/** Of a table that has one row from the beginning on. */
async function setOne(
  connection: Connection,
  row: DumpRow,
  table: string,
  columns: readonly string[],
): Promise<void> {
  const set = columns.map((column, index) => `${quoted(column)} = $${index + 1}`).join(", ");
  await connection.run(`UPDATE escapement.${table} SET ${set}`, ...columns.map((column) => row[column]));
}

/** Here the messages that were handled stand in one table with those that were not. */
async function writeMessages(connection: Connection, folds: readonly DumpRow[]): Promise<void> {
  const messages = folds.flatMap((fold) => {
    const list: readonly (readonly (string | number | null)[])[] = JSON.parse(text(fold["messages"]));
    return list.map((message, index): DumpRow => {
      const values = messageColumns.map((column, at) => [column, message[at] ?? null] as const);
      return {
        process: fold["process"] ?? null,
        slot: integer(fold["slot"]) + index,
        ...Object.fromEntries(values),
      };
    });
  });
  await insertRows(connection, dumpTable("message"), messages);
}

const messageColumns = ["id", "name", "input", "at", "chain", "actor", "key", "parent"];

async function setPrevious(connection: Connection, rows: readonly DumpRow[]): Promise<void> {
  const table = dumpTable("message_key");
  await connection.run(
    `UPDATE escapement.message SET previous = known.previous FROM unnest($1::text[], $2::bigint[], $3::text[])
      AS known (process, slot, previous) WHERE message.process = known.process AND message.slot = known.slot`,
    ...["process", "slot", "previous"].map((column) => arrayOf(table, column, rows)),
  );
}

const arrays: Readonly<Record<DumpType, string>> = {
  text: "text[]",
  whole: "bigint[]",
  number: "double precision[]",
  truth: "boolean[]",
  list: "text[]",
  json: "text[]",
};

function insertOf({ name, columns }: DumpTable): string {
  const names = Object.keys(columns).map(quoted).join(", ");
  const given = Object.values(columns).map((type, index) => `$${index + 1}::${arrays[type]}`);
  const values = Object.entries(columns).map(([column, type]) => {
    const own = written[`${name}.${column}`];
    if (own !== undefined) return own;
    if (type !== "list") return quoted(column);
    return `CASE WHEN ${quoted(column)} IS NOT NULL THEN ARRAY(SELECT json_array_elements_text(${quoted(column)}::json)) END`;
  });
  return `INSERT INTO escapement.${quoted(name)} (${names}) OVERRIDING SYSTEM VALUE
    SELECT ${values.join(", ")} FROM unnest(${given.join(", ")}) AS row (${names})`;
}

/** A column of all rows as one value. */
function arrayOf({ columns }: DumpTable, column: string, rows: readonly DumpRow[]): string {
  const values = rows.map((row) => row[column] ?? null);
  switch (columns[column]) {
    case "whole":
      return wholeNumbers(values.map((value) => (typeof value === "number" ? value : null)));
    case "number":
      return numbers(values.map((value) => (typeof value === "number" ? value : null)));
    case "truth":
      return `{${values.map((value) => (value === null ? "NULL" : value === true ? "t" : "f")).join(",")}}`;
    case "list":
      return texts(values.map((value) => (value === null ? null : JSON.stringify(value))));
    case "text":
    case "json":
    case undefined:
    default:
      return texts(values.map((value) => (typeof value === "string" ? value : null)));
  }
}

const head =
  "UPDATE escapement.journal_head SET head = coalesce((SELECT max(first_seq + size - 1) FROM escapement.journal), 0)";
const lines =
  "INSERT INTO escapement.fifo (key, runs) SELECT fifo, count(*) FROM escapement.run WHERE fifo IS NOT NULL GROUP BY fifo";
const numbering = `SELECT setval(pg_get_serial_sequence('escapement.step', 'seq'), coalesce((SELECT max(seq) FROM escapement.step), 0) + 1, false)`;

export async function finishCopy(connection: Connection): Promise<void> {
  for (const sql of [
    head,
    lines,
    numbering,
    "UPDATE escapement.control SET version = version + 1",
    "UPDATE escapement.copy SET finished = true, table_name = NULL, after = NULL",
  ])
    await connection.run(sql);
}
