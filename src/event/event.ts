// What happened, as data: the closed list of kinds with the category and the severity of each.
// Whoever changes something says so with one of these, in the same transaction as the change.
import type { Instant } from "../base/clock.ts";
import type { Json } from "../base/json.ts";

export type EventCategory = "run" | "task" | "process" | "control" | "cycle" | "memory" | "alert" | "system";
export type Severity = "info" | "notice" | "warning" | "error" | "critical";

const kinds = {
  "run.enqueued": ["run", "info"],
  "run.skipped": ["run", "notice"],
  "run.started": ["run", "info"],
  "run.succeeded": ["run", "info"],
  "run.retried": ["run", "warning"],
  "run.failed": ["run", "error"],
  "run.cancelled": ["run", "notice"],
  "run.snoozed": ["run", "info"],
  "run.slept": ["run", "info"],
  "run.stepped": ["run", "info"],
  "run.returned": ["run", "notice"],
  "run.passed": ["run", "info"],
  "run.lost": ["run", "warning"],
  "run.stale": ["run", "warning"],
  "run.redriven": ["run", "notice"],
  "run.logged": ["run", "info"],
  "run.progressed": ["run", "info"],
  "task.registered": ["task", "notice"],
  "task.started": ["task", "notice"],
  "task.stopped": ["task", "notice"],
  "task.removed": ["task", "notice"],
  "task.skipped": ["task", "notice"],
  "task.finished": ["task", "info"],
  scheduled_task_executed: ["task", "info"],
  scheduled_task_failed: ["task", "error"],
  "process.sent": ["process", "info"],
  "process.handled": ["process", "info"],
  "process.failed": ["process", "error"],
  "process.moved": ["process", "notice"],
  "process.parked": ["process", "error"],
  "process.resumed": ["process", "notice"],
  "process.forked": ["process", "notice"],
  "switch.killed": ["control", "critical"],
  "switch.restored": ["control", "notice"],
  "cluster.defined": ["control", "notice"],
  "cluster.enabled": ["control", "notice"],
  "cluster.disabled": ["control", "warning"],
  "limit.updated": ["control", "notice"],
  "record.appended": ["memory", "info"],
  "record.forgotten": ["memory", "notice"],
  "record.purged": ["memory", "notice"],
  "ref.moved": ["memory", "info"],
  "gate.set": ["control", "notice"],
  "gate.released": ["control", "notice"],
  "document.stored": ["memory", "info"],
  "document.deleted": ["memory", "info"],
  "node.started": ["system", "info"],
  "node.stopped": ["system", "info"],
  "node.lost": ["system", "error"],
  "storage.reopened": ["system", "error"],
  "retention.applied": ["system", "info"],
} as const;

export type EventKind = keyof typeof kinds;
export const eventKinds: Readonly<Record<EventKind, readonly [EventCategory, Severity]>> = kinds;

/** An entry about to be written; the journal gives it its number. */
export interface NewEvent {
  readonly at: Instant;
  /** One of the kinds above, or a note's own kind. */
  readonly kind: string;
  /** `user:NAME`, `task:ID`, `node:NAME` or `system`. */
  readonly actor: string;
  /** What it happened to: `run:ID`, `task:ID`, … */
  readonly subject: string;
  /** The id of the event or the subject that caused this one. */
  readonly parent?: string;
  readonly label?: string;
  readonly durationMs?: number;
  readonly data?: Json;
}

/** The category and severity under which an event of this kind is kept; a note of a user's own kind is `system`, `info`. */
export function classify(kind: string): readonly [EventCategory, Severity] {
  return byKind.get(kind) ?? note;
}
const byKind: ReadonlyMap<string, readonly [EventCategory, Severity]> = new Map(Object.entries(kinds));
const note = ["system", "info"] as const;

/** The kinds of a category, for readers that filter by it. Notes of a user's own kind are not among those of `system`. */
export function kindsOf(category: EventCategory): string[] {
  return [...byKind].filter(([, [known]]) => known === category).map(([kind]) => kind);
}
