// Refs in SQLite: where each stands, and every move of it.
import { admitMove } from "../record/admit.ts";
import { prefixEnd } from "../record/prefix-end.ts";
import { movedEvent } from "../storage/record-events.ts";
import type { Cause } from "../storage/records.ts";
import type { RefLogRow, RefMove, RefRow, RefStorage } from "../storage/refs.ts";
import { integer, text, type Row } from "../storage/row.ts";
import type { Connection } from "./connection.ts";
import { takePoints } from "./memory-points.ts";
import { getRecord } from "./record-reads.ts";
import type { WriteContext } from "./write-context.ts";

type Input<Verb extends keyof RefStorage> = Parameters<RefStorage[Verb]>[0];

const standsAt = "SELECT to_id AS target FROM ref_log WHERE name = ? AND seq <= ? ORDER BY seq DESC LIMIT 1";
const listed =
  "SELECT name, target FROM ref WHERE name >= ? AND name > ? AND (?3 IS NULL OR name < ?3) ORDER BY name LIMIT ?";
const listedAt = `SELECT name, to_id AS target FROM ref_log AS log WHERE name >= ?1 AND name > ?2 AND (?3 IS NULL OR name < ?3)
  AND seq = (SELECT max(seq) FROM ref_log WHERE name = log.name AND seq <= ?5) AND to_id IS NOT NULL ORDER BY name LIMIT ?4`;
const moves = "SELECT * FROM ref_log WHERE name = ? AND seq < ? ORDER BY seq DESC LIMIT ?";

export interface RefReads {
  get(request: Input<"get">): string | null;
  list(request: Input<"list">): RefRow[];
  log(request: Input<"log">): RefLogRow[];
}

export function refReads(connection: Connection): RefReads {
  return {
    get({ name, point }) {
      if (point === undefined) return targetOf(connection, name);
      return idOrNull(connection.get(standsAt, name, point)?.["target"]);
    },
    list({ prefix, after = "", limit, point }) {
      const bounds = [prefix, after, prefixEnd(prefix) ?? null, limit] as const;
      const rows =
        point === undefined ? connection.all(listed, ...bounds) : connection.all(listedAt, ...bounds, point);
      return rows.map((row) => ({ name: text(row["name"]), target: text(row["target"]) }));
    },
    log: ({ name, before = Number.MAX_SAFE_INTEGER, limit }) =>
      connection.all(moves, name, before, limit).map(decodeMove),
  };
}

function targetOf(connection: Connection, name: string): string | null {
  return idOrNull(connection.get("SELECT target FROM ref WHERE name = ?", name)?.["target"]);
}

function idOrNull(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function decodeMove(row: Row): RefLogRow {
  return {
    seq: integer(row["seq"]),
    at: integer(row["at"]),
    name: text(row["name"]),
    from: idOrNull(row["from_id"]),
    to: idOrNull(row["to_id"]),
    actor: text(row["actor"]),
  };
}

export class SqliteRefs {
  readonly #context: WriteContext;

  constructor(context: WriteContext) {
    this.#context = context;
  }

  target(name: string): string | null {
    return targetOf(this.#context.connection, name);
  }

  set({ move, ...cause }: { readonly move: RefMove } & Cause): void {
    const { connection, journal } = this.#context;
    const { name, to } = move;
    const target = to === null ? undefined : getRecord(connection, to);
    const standing = target && { print: target.print, forgotten: target.forgotten !== undefined };
    if (!admitMove(move, this.target(name), standing)) return;
    const { seq, at } = takePoints(connection, 1, cause.now);
    if (to === null) connection.run("DELETE FROM ref WHERE name = ?", name);
    else
      connection.run(
        "INSERT INTO ref (name, target) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET target = excluded.target",
        name,
        to,
      );
    connection.run(
      "INSERT INTO ref_log (seq, at, name, from_id, to_id, actor) VALUES (?, ?, ?, ?, ?, ?)",
      seq,
      at,
      name,
      move.expected,
      to,
      cause.actor,
    );
    journal.add(movedEvent(move, cause, at));
  }
}
