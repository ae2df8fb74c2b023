// Refs in PostgreSQL: where each stands, and every move of it.
import { admitMove } from "../record/admit.ts";
import { prefixEnd } from "../record/prefix-end.ts";
import { movedEvent } from "../storage/record-events.ts";
import type { RefStorage } from "../storage/refs.ts";
import { integer, text } from "../storage/row.ts";
import type { Connection } from "./connection.ts";
import { takePoints } from "./memory-points.ts";
import { getRecords } from "./record-reads.ts";
import type { Session } from "./session.ts";
import type { WriteContext } from "./write-context.ts";

type Input<Verb extends keyof RefStorage> = Parameters<RefStorage[Verb]>[0];

const standsNow = "SELECT target FROM escapement.ref WHERE name = $1";
const standsAt =
  "SELECT to_id AS target FROM escapement.ref_log WHERE name = $1 AND seq <= $2 ORDER BY seq DESC LIMIT 1";
const listed = `SELECT name, target FROM escapement.ref WHERE name >= $1 AND name > $2 AND ($3::text IS NULL OR name < $3)
  ORDER BY name LIMIT $4`;
const listedAt = `SELECT name, to_id AS target FROM escapement.ref_log AS log WHERE name >= $1 AND name > $2
  AND ($3::text IS NULL OR name < $3) AND to_id IS NOT NULL
  AND seq = (SELECT max(seq) FROM escapement.ref_log WHERE name = log.name AND seq <= $5) ORDER BY name LIMIT $4`;
const moves = "SELECT * FROM escapement.ref_log WHERE name = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3";
const put = `INSERT INTO escapement.ref (name, target) VALUES ($1, $2)
  ON CONFLICT (name) DO UPDATE SET target = excluded.target`;
const log =
  "INSERT INTO escapement.ref_log (seq, at, name, from_id, to_id, actor) VALUES ($1, $2, $3, $4, $5, $6)";

export function refsIn(session: Session): RefStorage {
  return {
    set: (request) => session.transact((context) => moveRef(context, request)),
    get: ({ name, point }) =>
      session.read(async (connection) =>
        point === undefined
          ? targetOf(connection, name)
          : idOrNull((await connection.get(standsAt, name, point))?.["target"]),
      ),
    list: (request) => session.read((connection) => listRefs(connection, request)),
    log: ({ name, before = Number.MAX_SAFE_INTEGER, limit }) =>
      session.read(async (connection) =>
        (await connection.all(moves, name, before, limit)).map((row) => ({
          seq: integer(row["seq"]),
          at: integer(row["at"]),
          name: text(row["name"]),
          from: idOrNull(row["from_id"]),
          to: idOrNull(row["to_id"]),
          actor: text(row["actor"]),
        })),
      ),
  };
}

async function listRefs(
  connection: Connection,
  { prefix, after = "", limit, point }: Input<"list">,
): ReturnType<RefStorage["list"]> {
  const bounds = [prefix, after, prefixEnd(prefix) ?? null, limit];
  const rows =
    point === undefined
      ? await connection.all(listed, ...bounds)
      : await connection.all(listedAt, ...bounds, point);
  return rows.map((row) => ({ name: text(row["name"]), target: text(row["target"]) }));
}

export async function targetOf(connection: Connection, name: string): Promise<string | null> {
  return idOrNull((await connection.get(standsNow, name))?.["target"]);
}

function idOrNull(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

export async function moveRef(context: WriteContext, { move, ...cause }: Input<"set">): Promise<void> {
  const { connection, journal } = context;
  const { name, to } = move;
  await takePoints(connection, 0, cause.now);
  const [target] = to === null ? [] : await getRecords(connection, { ids: [to] });
  const standing = target && { print: target.print, forgotten: target.forgotten !== undefined };
  if (!admitMove(move, await targetOf(connection, name), standing)) return;
  const { seq, at } = await takePoints(connection, 1, cause.now);
  if (to === null) await connection.run("DELETE FROM escapement.ref WHERE name = $1", name);
  else await connection.run(put, name, to);
  await connection.run(log, seq, at, name, move.expected, to, cause.actor);
  journal.add(movedEvent(move, cause, at));
}
