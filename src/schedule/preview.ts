// The next times of a rule, with what a person should know about each: before a task is saved, and after.
import type { Instant } from "../base/clock.ts";
import { formatDuration } from "../base/duration.ts";
import { localAt } from "../time/local-time.ts";
import { notesOn } from "./dst-notes.ts";
import { jitterOf } from "./jitter.ts";
import { instantText, localText, timeOfDayText } from "./local-text.ts";
import type { Rule } from "./rule.ts";

export interface PreviewOptions {
  /** Times strictly after this one. */
  readonly from: Instant;
  readonly count: number;
  /** The task's id and its jitter, to show when each run is due. */
  readonly jitter?: { readonly id: string; readonly ms: number };
}

export interface PreviewedTime {
  readonly at: Instant;
  /** Like `2026-03-29 03:00:00 +02:00 (Europe/Paris)`. */
  readonly local: string;
  readonly note?: string;
}

/** Fewer than `count` when the rule ends. */
export function preview(rule: Rule, options: PreviewOptions): PreviewedTime[] {
  const times: PreviewedTime[] = [];
  let passed = options.from;
  for (let at = rule.next(passed); at !== null && times.length < options.count; at = rule.next(at)) {
    const notes = [
      ...notesOn(rule, passed, at),
      ...exclusionNote(rule, passed, at),
      ...jitterNote(rule, at, options),
    ];
    const local = instantText(at, rule.zone);
    times.push(notes.length === 0 ? { at, local } : { at, local, note: notes.join("; ") });
    passed = at;
  }
  return times;
}

/** Excluded times are counted up to here; a note need not be more exact. */
const counted = 1_000;

function exclusionNote(rule: Rule, after: Instant, before: Instant): string[] {
  let first: Instant | undefined;
  let count = 0;
  for (const at of rule.excluded(after + 1, before - 1)) {
    first ??= at;
    if (++count > counted) break;
  }
  if (first === undefined) return [];
  const since = localText(localAt(rule.zone, first));
  if (count === 1) return [`${since} before it is excluded`];
  return [
    `${count > counted ? `more than ${counted}` : count} times before it, from ${since} on, are excluded`,
  ];
}

function jitterNote(rule: Rule, at: Instant, { jitter }: PreviewOptions): string[] {
  if (jitter === undefined || jitter.ms === 0) return [];
  const dueAt = at + jitterOf(jitter.id, at, jitter.ms, rule.next(at));
  const due = timeOfDayText(localAt(rule.zone, dueAt));
  return [`up to ${formatDuration(jitter.ms)} of jitter: due at ${due}`];
}
