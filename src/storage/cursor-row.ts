// Rows of `cursor` as records. The same for both engines.
import type { CursorRecord } from "./cursors.ts";
import { integer, optional, text, type Row } from "./row.ts";

export function decodeCursor(row: Row): CursorRecord {
  return {
    name: text(row["name"]),
    seq: integer(row["seq"]),
    failures: integer(row["failures"]),
    createdAt: integer(row["created_at"]),
    movedAt: integer(row["moved_at"]),
    ...optional("holder", row["holder"], text),
    ...optional("leaseUntil", row["lease_until"], integer),
    ...optional("error", row["error"], text),
  };
}
