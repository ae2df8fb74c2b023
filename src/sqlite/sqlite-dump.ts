// The content of a SQLite database as plain rows, and such rows written into an empty one: what a copy is made of.
import { createHash } from "node:crypto";
import type { SQLInputValue } from "node:sqlite";
import { Facets } from "../record/facets.ts";
import { judgeTarget, twoCopies } from "../storage/copy-target.ts";
import { dumpTable, dumpTables, type DumpTable, type DumpType } from "../storage/dump-tables.ts";
import type { CopyState, DumpKey, DumpRow, DumpSource, DumpStorage, DumpValue } from "../storage/dump.ts";
import { termsOfDumped } from "../storage/record-dump.ts";
import { integer, text, truth, type Row } from "../storage/row.ts";
import type { Connection } from "./connection.ts";
import { readEventRows, writeEventRows } from "./journal-dump.ts";
import { journalReads } from "./journal-reads.ts";
import type { WriteContext } from "./write-context.ts";

type Input<Verb extends keyof DumpStorage> = Parameters<DumpStorage[Verb]>[0];

/** A part of a copy holds about so much, whatever its rows are like. */
const enoughBytes = 4_194_304;
/** More than any number of the journal: what has no event is set right at the end. */
const unknown = Number.MAX_SAFE_INTEGER;

/** Where the rows of a table are not simply its rows. */
const views: Readonly<Record<string, string>> = {
  run: "(SELECT *, CASE WHEN place IS NULL THEN node END AS holder FROM run)",
  memory: "(SELECT 1 AS one, * FROM memory)",
  tally: "(SELECT name, value FROM tally WHERE name <> 'journal' AND value <> 0)",
};
const expressions: Readonly<Record<string, string>> = {
  "run.node": "holder",
  "record.body": "CASE WHEN typeof(body) = 'text' THEN body END",
  "record.bytes": "CASE WHEN typeof(body) = 'blob' THEN lower(hex(body)) END",
  "vector.data": "lower(hex(data))",
};
/** What is written for a column, where that is not simply its value; `undefined` for one that is a part of another. */
const written: Readonly<Record<string, string | undefined>> = {
  "record.body": "coalesce($body, unhex($bytes))",
  "record.bytes": undefined,
  "vector.data": "unhex($data)",
};
/** Columns of this engine alone that have no default. */
const added: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  run: { first_seq: unknown },
  process: { first_seq: unknown },
  run_history: { first_seq: unknown, last_seq: 0 },
};

export interface DumpReads {
  read(request: Input<"read">): readonly DumpRow[];
  source(request: Input<"source">): DumpSource;
  copied(): CopyState | undefined;
}

export function dumpReads(connection: Connection): DumpReads {
  return {
    read: (request) => readRows(connection, request),
    source: ({ now }) => {
      const rows = Object.fromEntries(dumpTables.map((table) => [table.name, countRows(connection, table)]));
      return {
        identity: identityOf(connection, rows),
        nodes: connection
          .all("SELECT node FROM lease WHERE lease_until > ? ORDER BY node", now)
          .map((row) => text(row["node"])),
        rows,
      };
    },
    copied: () => readState(connection),
  };
}

function readRows(connection: Connection, { table: name, after, limit }: Input<"read">): readonly DumpRow[] {
  if (name === "journal") return readEventRows(connection, Number(after?.[0] ?? 0), limit);
  const table = dumpTable(name);
  const statement = connection.prepare(selectOf(table, after !== undefined));
  const found: DumpRow[] = [];
  let bytes = 0;
  for (const row of statement.iterate(...(after ?? []), limit)) {
    const decoded = decode(table, row);
    found.push(decoded);
    bytes += sizeOf(decoded);
    if (bytes >= enoughBytes) break;
  }
  return found;
}

function selectOf({ name, key, columns }: DumpTable, isBehind: boolean): string {
  const names = Object.keys(columns).map(
    (column) => `${expressions[`${name}.${column}`] ?? quoted(column)} AS ${quoted(column)}`,
  );
  const keys = key.map(quoted).join(", ");
  const behind = isBehind ? `WHERE (${keys}) > (${key.map(() => "?").join(", ")})` : "";
  return `SELECT ${names.join(", ")} FROM ${views[name] ?? quoted(name)} ${behind} ORDER BY ${keys} LIMIT ?`;
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
  if (type !== "list") return integer(value);
  const list: readonly string[] = JSON.parse(text(value));
  return list;
}

function sizeOf(row: DumpRow): number {
  return Object.values(row).reduce<number>(
    (sum, value) => sum + (typeof value === "string" ? value.length : 8),
    0,
  );
}

function countRows(connection: Connection, { name }: DumpTable): number {
  const what =
    name === "journal"
      ? "coalesce(sum(count), 0) AS n FROM journal"
      : `count(*) AS n FROM ${views[name] ?? quoted(name)}`;
  return integer(connection.get(`SELECT ${what}`)?.["n"]);
}

/** Whatever changes anything writes an event, but for documents, which have versions. */
function identityOf(connection: Connection, rows: Readonly<Record<string, number>>): string {
  const ends = connection.all(
    "SELECT * FROM journal WHERE seq IN ((SELECT min(seq) FROM journal), (SELECT max(seq) FROM journal)) ORDER BY seq",
  );
  const { head, first } = journalReads(connection).bounds();
  const documents = connection.all("SELECT sum(version) AS versions, max(updated_at) AS at FROM document");
  return createHash("sha256")
    .update(JSON.stringify([head, first, ends, documents, rows]))
    .digest("hex");
}

function readState(connection: Connection): CopyState | undefined {
  const row = connection.get("SELECT * FROM copy");
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

export class SqliteDump {
  readonly #connection: Connection;
  readonly #facets = new Facets();

  constructor({ connection }: WriteContext) {
    this.#connection = connection;
  }

  begin({ source }: Input<"begin">): CopyState {
    const known = readState(this.#connection);
    const occupied = dumpTables.find(
      (table) => table.always !== true && countRows(this.#connection, table) > 0,
    )?.name;
    const state = judgeTarget(known, { source, occupied });
    this.#connection.run(
      "INSERT INTO copy (one, source, rows, finished) VALUES (1, ?, 0, 0) ON CONFLICT DO NOTHING",
      source,
    );
    return state;
  }

  write({ table: name, rows, rowsBefore }: Input<"write">): void {
    const table = dumpTable(name);
    const last = rows.at(-1);
    if (last === undefined) return;
    const after = JSON.stringify(table.key.map((column) => last[column]));
    const moved = this.#connection.run(
      "UPDATE copy SET table_name = ?, after = ?, rows = rows + ? WHERE rows = ? AND finished = 0",
      name,
      after,
      rows.length,
      rowsBefore,
    );
    if (moved === 0) throw twoCopies();
    if (name === "journal") return writeEventRows(this.#connection, rows);
    if (name === "journal_end") return this.#setOne(last, name, ["first", "first_chain", "audited", "chain"]);
    if (name === "memory") return this.#setOne(last, name, ["point", "at", "vectors", "texts"]);
    const sql = insertOf(table);
    const more = Object.values(added[name] ?? {});
    for (const row of rows) {
      this.#connection.run(sql, ...encode(table, row), ...more);
      if (name === "record") this.#index(row);
    }
  }

  #index(row: DumpRow): void {
    const terms = termsOfDumped(this.#facets, row);
    if (terms !== undefined)
      this.#connection.run(
        "INSERT INTO record_terms (rowid, term) VALUES (?, ?)",
        integer(row["seq"]),
        terms,
      );
  }

  /** Of a table that has one row from the beginning on. */
  #setOne(row: DumpRow, table: string, columns: readonly string[]): void {
    const set = columns.map((column) => `${quoted(column)} = ?`).join(", ");
    this.#connection.run(
      `UPDATE ${quoted(table)} SET ${set}`,
      ...columns.map((column) => encodeValue(row[column] ?? null)),
    );
  }

  finish(): void {
    const { head } = journalReads(this.#connection).bounds();
    this.#connection.run(
      "INSERT INTO tally (name, value) VALUES ('journal', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
      head,
    );
    // Of runs whose events retention has deleted, nothing stands in the journal yet.
    for (const table of ["run", "process"])
      this.#connection.run(`UPDATE ${table} SET first_seq = ? WHERE first_seq = ?`, head + 1, unknown);
    this.#connection.run(
      "UPDATE run_history SET first_seq = ?, last_seq = ? WHERE first_seq = ?",
      head + 1,
      head,
      unknown,
    );
    this.#connection.run("UPDATE copy SET finished = 1, table_name = NULL, after = NULL");
  }
}

/** Values are numbered in the order of the columns, so that an expression can name several. */
function insertOf({ name, columns }: DumpTable): string {
  const given = [...Object.keys(columns), ...Object.keys(added[name] ?? {})];
  const value = (column: string): string => `?${given.indexOf(column) + 1}`;
  const kept = given.filter(
    (column) => !(`${name}.${column}` in written) || written[`${name}.${column}`] !== undefined,
  );
  const values = kept.map((column) =>
    (written[`${name}.${column}`] ?? `$${column}`).replaceAll(/\$(\w+)/g, (_, one: string) => value(one)),
  );
  return `INSERT INTO ${quoted(name)} (${kept.map(quoted).join(", ")}) VALUES (${values.join(", ")})`;
}

function encode({ columns }: DumpTable, row: DumpRow): SQLInputValue[] {
  return Object.keys(columns).map((column) => encodeValue(row[column] ?? null));
}

function encodeValue(value: DumpValue): SQLInputValue {
  if (typeof value === "boolean") return value ? 1 : 0;
  if (typeof value === "string" || typeof value === "number" || value === null) return value;
  return JSON.stringify(value);
}
