// Cursors of those who read the journal, in SQLite. The file lock admits one process, so no lease outlives it.
import { decodeCursor } from "../storage/cursor-row.ts";
import type { CursorRecord, CursorStorage } from "../storage/cursors.ts";
import { readBounds } from "./journal-reads.ts";
import type { Connection } from "./connection.ts";
import type { WriteContext } from "./write-context.ts";

const make = `INSERT INTO cursor (name, seq, created_at, moved_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`;
const take = `UPDATE cursor SET holder = ?, lease_until = ? WHERE name = ?
  AND (holder = ? OR lease_until IS NULL OR lease_until <= ?) RETURNING *`;
const move = `UPDATE cursor SET moved_at = CASE WHEN ? > seq THEN ? ELSE moved_at END, seq = max(seq, ?), failures = ?, error = ?,
  lease_until = ? WHERE name = ? AND holder = ?`;

type Input<Verb extends keyof CursorStorage> = Parameters<CursorStorage[Verb]>[0];

export interface CursorReads {
  list(): readonly CursorRecord[];
}

export function cursorReads(connection: Connection): CursorReads {
  return { list: () => connection.all("SELECT * FROM cursor ORDER BY name").map(decodeCursor) };
}

export class SqliteCursors {
  readonly #context: WriteContext;

  constructor(context: WriteContext) {
    this.#context = context;
  }

  take({ name, holder, after, now, leaseMs }: Input<"take">): CursorRecord | undefined {
    const { connection } = this.#context;
    connection.run(make, name, after ?? readBounds(connection).head, now, now);
    const row = connection.get(take, holder, now + leaseMs, name, holder, now);
    return row === undefined ? undefined : decodeCursor(row);
  }

  move({ name, holder, seq, failures, error, now, leaseMs }: Input<"move">): boolean {
    const { connection } = this.#context;
    return connection.run(move, seq, now, seq, failures, error ?? null, now + leaseMs, name, holder) > 0;
  }

  release({ name, holder }: Input<"release">): void {
    this.#context.connection.run(
      "UPDATE cursor SET lease_until = NULL WHERE name = ? AND holder = ?",
      name,
      holder,
    );
  }

  remove({ name }: Input<"remove">): boolean {
    return this.#context.connection.run("DELETE FROM cursor WHERE name = ?", name) > 0;
  }
}
