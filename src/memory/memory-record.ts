// A record as readers see it. Every value handed out is a copy: whoever changes it changes nothing that is kept.
import { unpackContent, type Content } from "../record/content.ts";
import type { Metadata } from "../record/facets.ts";
import type { RecordRow } from "../storage/records.ts";

export interface MemoryRecord {
  readonly id: string;
  readonly namespace: string;
  /** Its place in the one order of everything that memory keeps; given by the storage. */
  readonly seq: number;
  /** When it was kept. Never earlier than that of a record before it. */
  readonly at: Date;
  /** Text, JSON or bytes, as it was given. */
  readonly content: Content;
  readonly contentType: string;
  readonly parents: readonly string[];
  readonly metadata: Metadata;
  /** Where it comes from; set by Escapement, never by a caller. */
  readonly source: { readonly kind: "memory" };
}

/** What stays of a record that was forgotten: its place among the others. */
export interface ForgottenRecord {
  readonly id: string;
  readonly namespace: string;
  readonly seq: number;
  readonly at: Date;
  readonly parents: readonly string[];
  /** SHA-256 over all that it was. */
  readonly print: string;
  readonly forgotten: {
    readonly at: Date;
    readonly reason: string;
    /** Whether the content is gone for good. */
    readonly purged: boolean;
  };
}

/** Ancestors first; whoever was forgotten stands in its place without its content. */
export interface Lineage {
  readonly records: readonly (MemoryRecord | ForgottenRecord)[];
  /** Parents that are named but not kept. */
  readonly missing: readonly string[];
}

export function toMemoryRecord(row: Omit<RecordRow, "print" | "forgotten">): MemoryRecord {
  const { id, namespace, seq, at, form, body, contentType, parents, metadata } = row;
  return {
    id,
    namespace,
    seq,
    at: new Date(at),
    content: unpackContent(form, body),
    contentType,
    parents: [...parents],
    metadata: metadata === undefined ? {} : JSON.parse(metadata),
    source: { kind: "memory" },
  };
}

export function toForgottenRecord(row: RecordRow): ForgottenRecord | undefined {
  const { id, namespace, seq, at, parents, print, forgotten } = row;
  if (forgotten === undefined) return undefined;
  const { reason, purged } = forgotten;
  return {
    id,
    namespace,
    seq,
    at: new Date(at),
    parents: [...parents],
    print,
    forgotten: { at: new Date(forgotten.at), reason, purged },
  };
}
