// Everything that happened to records, in order, from any point on. The cursor is a number in the data itself, so whoever
// keeps it goes on after a restart without missing or repeating anything.
import type { ChangeRow } from "../storage/records.ts";
import type { Storage } from "../storage/storage.ts";
import type { StorageNouns } from "../storage/storage.ts";
import { toMemoryRecord, type MemoryRecord } from "./memory-record.ts";
import { readCursor, readLimit } from "./list-options.ts";
import { readNamespace } from "./new-record.ts";

export interface Change {
  readonly kind: "appended" | "forgotten" | "purged";
  readonly id: string;
  readonly namespace: string;
  readonly at: Date;
  /** Pass it as `after` to go on behind this change. */
  readonly cursor: string;
  /** Absent for what is forgotten by now. */
  readonly record?: MemoryRecord;
}

export interface ChangesOptions {
  /** Behind this cursor; default: from the beginning. */
  readonly after?: string;
  readonly namespace?: string;
  /** `stopped` (default): goes on with what comes, until the signal or the end of the runtime. `now`: ends with what is there. */
  readonly until?: "stopped" | "now";
  /** Ends the iteration quietly. */
  readonly signal?: AbortSignal;
}

export interface ChangesParts {
  readonly storage: Pick<StorageNouns, "records"> & Pick<Storage, "onCommit">;
  /** Aborts when the runtime ends. */
  readonly closing: AbortSignal;
}

const page = 500;

export async function* readChanges(
  { storage, closing }: ChangesParts,
  options: ChangesOptions,
): AsyncGenerator<Change, void, undefined> {
  const { signal, until = "stopped" } = options;
  const namespace = options.namespace === undefined ? {} : { namespace: readNamespace(options.namespace) };
  const ends = signal === undefined ? closing : AbortSignal.any([closing, signal]);
  let after = readCursor(options.after) ?? 0;
  let heard = Promise.withResolvers<void>();
  const ring = (): void => heard.resolve();
  const unlisten = storage.onCommit(ring);
  ends.addEventListener("abort", ring);
  try {
    while (!ends.aborted) {
      heard = Promise.withResolvers<void>();
      const rows = await storage.records.changes({ after, limit: readLimit(page), ...namespace });
      for (const change of await withRecords(storage, rows)) {
        if (ends.aborted) return;
        after = Number(change.cursor);
        yield change;
      }
      if (rows.length === page) continue;
      if (until === "now") return;
      if (!ends.aborted) await heard.promise;
    }
  } finally {
    unlisten();
    ends.removeEventListener("abort", ring);
  }
}

async function withRecords(
  { records }: Pick<StorageNouns, "records">,
  rows: readonly ChangeRow[],
): Promise<Change[]> {
  const seqs = rows.filter(({ kind }) => kind === "appended").map(({ recordSeq }) => recordSeq);
  const visible = seqs.length === 0 ? [] : await records.bySeq({ seqs });
  const bySeq = new Map(visible.map((row) => [row.seq, row]));
  return rows.map(({ kind, id, namespace, at, seq, recordSeq }) => {
    const row = kind === "appended" ? bySeq.get(recordSeq) : undefined;
    const record = row === undefined ? {} : { record: toMemoryRecord(row) };
    return { kind, id, namespace, at: new Date(at), cursor: String(seq), ...record };
  });
}
