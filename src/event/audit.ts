// The audit: every change of what is allowed and of what is planned, chained by hashes so that none of it can be
// altered, taken out or put in another order without being found. Others' work is not audited, because it is too much.
import { createHash } from "node:crypto";
import type { Instant } from "../base/clock.ts";
import { canonicalJson, decodeJson } from "../base/json.ts";
import { classify } from "./event.ts";

const kinds: ReadonlySet<string> = new Set([
  "task.registered",
  "task.started",
  "task.stopped",
  "task.removed",
  "retention.applied",
]);

/** Whether events of this kind stand in the chain: control, tokens, definitions of tasks, and what retention deletes. */
export function isAudited(kind: string): boolean {
  return kinds.has(kind) || kind.startsWith("token.") || classify(kind)[0] === "control";
}

/** An event as it is kept; `data` is JSON text. */
export interface AuditedEvent {
  readonly at: Instant;
  readonly kind: string;
  readonly actor: string;
  readonly subject: string;
  readonly parent?: string | null | undefined;
  readonly label?: string | null | undefined;
  readonly durationMs?: number | null | undefined;
  readonly data?: string | null | undefined;
}

/** The canonical JSON of an event without its numbers: they are given later. */
export function auditText(event: AuditedEvent): string {
  const { at, kind, actor, subject, parent, label, durationMs, data } = event;
  return canonicalJson({
    at,
    kind,
    actor,
    subject,
    ...(typeof parent === "string" ? { parent } : {}),
    ...(typeof label === "string" ? { label } : {}),
    ...(typeof durationMs === "number" ? { durationMs } : {}),
    ...(typeof data === "string" ? { data: decodeJson(data) } : {}),
  });
}

/** What the chain begins with. */
export const noChain = "";

/** chain(n) = SHA-256(chain(n-1) ‖ canonical JSON of [seq, commit, event]), in hex. PostgreSQL computes the same. */
export function nextChain(
  before: string,
  event: { readonly seq: number; readonly commit: number; readonly text: string },
): string {
  return createHash("sha256").update(`${before}[${event.seq},${event.commit},${event.text}]`).digest("hex");
}
