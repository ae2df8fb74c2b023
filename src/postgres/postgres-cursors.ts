// Cursors of those who read the journal, in PostgreSQL.
import { decodeCursor } from "../storage/cursor-row.ts";
import type { CursorRecord, CursorStorage } from "../storage/cursors.ts";
import type { Connection } from "./connection.ts";
import { readHead } from "./postgres-journal.ts";

const make = `INSERT INTO escapement.cursor (name, seq, created_at, moved_at) VALUES ($1, $2, $3, $3) ON CONFLICT DO NOTHING`;
const take = `UPDATE escapement.cursor SET holder = $2, lease_until = $3 WHERE name = $1
  AND (holder = $2 OR lease_until IS NULL OR lease_until <= $4) RETURNING *`;
const move = `UPDATE escapement.cursor SET moved_at = CASE WHEN $3 > seq THEN $6 ELSE moved_at END, seq = greatest(seq, $3),
  failures = $4, error = $5, lease_until = $7 WHERE name = $1 AND holder = $2`;
const release = "UPDATE escapement.cursor SET lease_until = NULL WHERE name = $1 AND holder = $2";

type Input<Verb extends keyof CursorStorage> = Parameters<CursorStorage[Verb]>[0];

export async function listCursors(connection: Connection): Promise<CursorRecord[]> {
  return (await connection.all("SELECT * FROM escapement.cursor ORDER BY name")).map(decodeCursor);
}

export async function takeCursor(
  connection: Connection,
  { name, holder, after, now, leaseMs }: Input<"take">,
): Promise<CursorRecord | undefined> {
  const until = Math.round(now + leaseMs);
  const asked = [name, holder, until, Math.round(now)] as const;
  const there = await connection.get(take, ...asked);
  if (there !== undefined) return decodeCursor(there);
  // There is none, or somebody else holds it: then making one changes nothing.
  await connection.run(make, name, after ?? (await readHead(connection)), Math.round(now));
  const made = await connection.get(take, ...asked);
  return made === undefined ? undefined : decodeCursor(made);
}

export async function moveCursor(connection: Connection, request: Input<"move">): Promise<boolean> {
  const { name, holder, seq, failures, error, now, leaseMs } = request;
  const at = Math.round(now);
  const until = Math.round(now + leaseMs);
  return (await connection.run(move, name, holder, seq, failures, error ?? null, at, until)) > 0;
}

export async function releaseCursor(
  connection: Connection,
  { name, holder }: Input<"release">,
): Promise<void> {
  await connection.run(release, name, holder);
}

export async function removeCursor(connection: Connection, { name }: Input<"remove">): Promise<boolean> {
  return (await connection.run("DELETE FROM escapement.cursor WHERE name = $1", name)) > 0;
}
