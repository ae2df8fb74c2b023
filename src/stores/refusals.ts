// Why a store refuses, in words: what happened, the value, and what to do.
import { EscapementError } from "../base/errors.ts";
import { quote } from "../base/quote.ts";
import type { DocumentRow } from "../document/change.ts";
import { decodeKey } from "../document/key.ts";

export function missing(store: string, key: string): EscapementError {
  return new EscapementError(
    "store.not-found",
    `There is no document ${named(key, store)}: upsert it before adjusting it.`,
    { details: { key: decodeKey(key) } },
  );
}

/** The caller expected another version. */
export function stale(
  store: string,
  key: string,
  expected: number,
  found: DocumentRow | undefined,
): EscapementError {
  const version = found?.version ?? 0;
  return new EscapementError(
    "store.conflict",
    `Cannot change document ${named(key, store)}: it has version ${version}, not ${expected}. Read it again and decide anew.`,
    { details: { key: decodeKey(key), version } },
  );
}

/** Others were faster every time. */
export function outrun(store: string, key: string, tries: number): EscapementError {
  return new EscapementError(
    "store.conflict",
    `Cannot change document ${named(key, store)}: others changed it ${tries} times meanwhile. Do the slow part of the work before the update.`,
    { details: { key: decodeKey(key) } },
  );
}

export function notNumber(store: string, key: string, path: unknown): EscapementError {
  return new EscapementError(
    "store.invalid",
    `Cannot adjust ${quote(path)} of document ${named(key, store)}: there is no number, or it would be none.`,
  );
}

export function wrongPath(path: unknown): EscapementError {
  return new EscapementError(
    "store.invalid",
    `Cannot adjust ${quote(path)}: name a field of the document that is no part of its key.`,
  );
}

export function wrongDelta(delta: unknown): EscapementError {
  return new EscapementError("store.invalid", `Cannot adjust by ${quote(delta)}: give a finite number.`);
}

export function wrongKey(store: string, fields: readonly string[], key: unknown): EscapementError {
  return new EscapementError(
    "store.invalid",
    `Cannot look for ${quote(key)} in store "${store}": its key has ${fields.length} parts, ${fields.join(", ")}.`,
  );
}

export function wrongLimit(limit: unknown, largest: number): EscapementError {
  return new EscapementError(
    "store.invalid",
    `Cannot list ${quote(limit)} documents: ask for 0 to ${largest} and page with "after".`,
  );
}

export function notInTransaction(store: string): EscapementError {
  return new EscapementError(
    "store.invalid",
    `Store "${store}" is ephemeral: it has no part in a transaction. Define it as durable, or use it outside.`,
  );
}

function named(key: string, store: string): string {
  return `${quote(decodeKey(key))} of store "${store}"`;
}
