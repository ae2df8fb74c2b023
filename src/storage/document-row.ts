// Rows of `document` as both engines give them, and what the journal is told of a change.
import { decodeKey } from "../document/key.ts";
import type { ChangeOutcome, DocumentChange, DocumentRow } from "../document/change.ts";
import type { NewEvent } from "../event/event.ts";
import type { WriteRequest } from "./documents.ts";
import { integer, text, type Row } from "./row.ts";

export function decodeDocument(row: Row): DocumentRow {
  return {
    key: text(row["key"]),
    body: text(row["body"]),
    version: integer(row["version"]),
    createdAt: integer(row["created_at"]),
    updatedAt: integer(row["updated_at"]),
  };
}

/** The key as its parts and the version, never the document: a journal is read by more people than a store. */
export function eventOfChange(
  change: DocumentChange,
  { document }: ChangeOutcome,
  { actor, parent, now }: Omit<WriteRequest, "changes">,
): NewEvent {
  return {
    at: now,
    kind: document === undefined ? "document.deleted" : "document.stored",
    actor,
    subject: `store:${change.store}`,
    ...(parent === undefined ? {} : { parent }),
    data: { key: decodeKey(change.key), version: document?.version ?? 0 },
  };
}
