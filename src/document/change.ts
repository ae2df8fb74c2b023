// What a change makes of a document. Pure, so that both engines decide alike and several changes of one transaction can
// follow each other. A version is never given twice under one key, so whoever expects one can't be deceived.
import type { Instant } from "../base/clock.ts";
import { decodeJson, encodeJson } from "../base/json.ts";
import { adjustJson } from "./adjust.ts";

/** A document as kept. */
export interface DocumentRow {
  /** See document/key.ts. */
  readonly key: string;
  /** JSON text of an object. */
  readonly body: string;
  readonly version: number;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
}

export type DocumentChange = {
  readonly store: string;
  readonly key: string;
  /** The version that the document must have; 0: there must be none. Absent: whatever it is. */
  readonly expected?: number;
} & (
  | { readonly kind: "put"; readonly body: string }
  | { readonly kind: "delete" }
  /** Adds to the number at the path; where there is none yet, to 0. */
  | {
      readonly kind: "adjust";
      readonly path: readonly (string | number)[];
      readonly delta: number;
      readonly limitBytes: number;
    }
);

/** Why a change was not made. */
export type Refusal = "conflict" | "missing" | "not a number";

export interface ChangeOutcome {
  /** What there is now, whether this change made it so or not. */
  readonly document?: DocumentRow;
  readonly changed: boolean;
  readonly refused?: Refusal;
}

export interface ChangeContext {
  readonly now: Instant;
  /** The greatest version that was ever deleted from the store: whatever is made anew begins above it. */
  readonly floor: number;
}

/** Throws `json.too-large` for a document that an adjustment would make too long. */
export function decideChange(
  before: DocumentRow | undefined,
  change: DocumentChange,
  { now, floor }: ChangeContext,
): ChangeOutcome {
  const same: ChangeOutcome =
    before === undefined ? { changed: false } : { document: before, changed: false };
  const { expected } = change;
  if (expected !== undefined && expected !== (before?.version ?? 0)) return { ...same, refused: "conflict" };
  if (change.kind === "delete") return before === undefined ? same : { changed: true };
  const body = change.kind === "put" ? change.body : adjusted(before, change);
  if (typeof body !== "string") return { ...same, refused: body.refused };
  // What is so already is no change: no version, no event.
  if (body === before?.body) return same;
  const document = {
    key: change.key,
    body,
    version: (before?.version ?? floor) + 1,
    createdAt: before?.createdAt ?? now,
    updatedAt: Math.max(now, before?.updatedAt ?? now),
  };
  return { document, changed: true };
}

function adjusted(
  before: DocumentRow | undefined,
  { path, delta, limitBytes }: Extract<DocumentChange, { kind: "adjust" }>,
): string | { readonly refused: Refusal } {
  if (before === undefined) return { refused: "missing" };
  const value = adjustJson(decodeJson(before.body), path, delta);
  return value === undefined ? { refused: "not a number" } : encodeJson(value, limitBytes);
}
