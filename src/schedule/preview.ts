// The next times of a rule, with what a person should know about each: before a task is saved, and after.
import type { Instant } from "../base/clock.ts";
import { EscapementError } from "../base/errors.ts";
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

export function preview(_rule: Rule, _options: PreviewOptions): PreviewedTime[] {
  throw new EscapementError("invariant.broken", "preview is not written yet.");
}
