// The times of an expression that a change of the clock swallowed, and what became of them.
// For the skip ledger (reason "dst-gap") and for the notes of a preview.
import type { Instant } from "../base/clock.ts";
import { changesBetween, type Change } from "../time/changes.ts";
import type { LocalMs } from "../time/local-time.ts";
import type { Zone } from "../time/zone.ts";
import type { Cron, DstPreset } from "./cron.ts";
import { dstRuleOf, type DstRule } from "./dst-rule.ts";
import { nextLocal } from "./next-local.ts";

export interface GapTime {
  /** What the clock on the wall would have shown. */
  readonly localMs: LocalMs;
  /** The instant of the change. */
  readonly gapAt: Instant;
  /** When it runs instead; `null` when it does not run. Several times may become one. */
  readonly becomes: Instant | null;
}

export interface GapTimesOptions {
  /** At most so many; an expression of every second has 3600 in an ordinary gap. */
  readonly limit?: number;
}

/** The times inside gaps whose change is in (from, to], in order. */
export function gapTimes(
  cron: Cron,
  from: Instant,
  to: Instant,
  zone: Zone,
  dst: DstPreset,
  options: GapTimesOptions = {},
): GapTime[] {
  const { limit = 1_000 } = options;
  const rule = dstRuleOf(cron, dst);
  const found: GapTime[] = [];
  for (const change of changesBetween(zone, from, to)) {
    const end = change.at + change.after;
    let local = nextLocal(cron, change.at + change.before - 1);
    for (; local < end && found.length < limit; local = nextLocal(cron, local)) {
      found.push({ localMs: local, gapAt: change.at, becomes: becomes(local, change, rule) });
    }
    if (found.length >= limit) break;
  }
  return found;
}

function becomes(local: LocalMs, change: Change, rule: DstRule): Instant | null {
  if (rule.gap === "drop") return null;
  return rule.gap === "after" ? change.at : local - change.before;
}
