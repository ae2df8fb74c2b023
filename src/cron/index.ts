// The public sub-path `escapement/cron`: the expression language, without a runtime and without a clock.
import { EscapementError } from "../base/errors.ts";
import { parseInstant, type InstantLike } from "../base/instant.ts";
import { zoneOf } from "../time/zone.ts";
import { dstPresets, type Cron, type DstPreset } from "./cron.ts";
import { matchesInstant } from "./matches.ts";
import { nextInstant } from "./next.ts";
import { previousInstant } from "./previous.ts";

export { CronError, type CronFault } from "./cron-error.ts";
export type { Cron, CronField, DayMatch, DayRule, DstPreset, Leniency, Sixty } from "./cron.ts";
export { describe } from "./describe.ts";
export { parseCron, type ParseOptions } from "./parse.ts";
export type { InstantLike } from "../base/instant.ts";

export interface ZoneOptions {
  /** An IANA name or an offset such as "+05:30"; default "UTC". */
  readonly timezone?: string;
}

export interface TimeOptions extends ZoneOptions {
  /** Default "vixie". */
  readonly dst?: DstPreset;
}

/** The first time strictly after `after`; `null` when the expression has none up to the end of 2199. */
export function nextTime(cron: Cron, after: InstantLike, options: TimeOptions = {}): Date | null {
  const { timezone = "UTC", dst = "vixie" } = options;
  const at = nextInstant(cron, parseInstant(after), zoneOf(timezone), checkPreset(dst));
  return at === null ? null : new Date(at);
}

/** The last time strictly before `before`; `null` when the expression has none from 1970 on. */
export function previousTime(cron: Cron, before: InstantLike, options: TimeOptions = {}): Date | null {
  const { timezone = "UTC", dst = "vixie" } = options;
  const at = previousInstant(cron, parseInstant(before), zoneOf(timezone), checkPreset(dst));
  return at === null ? null : new Date(at);
}

/** Whether the local clock shows a time of the expression during the second of `instant`. */
export function matches(cron: Cron, instant: InstantLike, options: ZoneOptions = {}): boolean {
  const { timezone = "UTC" } = options;
  return matchesInstant(cron, parseInstant(instant), zoneOf(timezone));
}

/** A misspelt preset would otherwise be noticed only on the night of a change. */
function checkPreset(dst: DstPreset): DstPreset {
  if (dstPresets.includes(dst)) return dst;
  throw new EscapementError(
    "options.invalid",
    `Unknown DST preset ${JSON.stringify(dst)}: use ${dstPresets.map((preset) => `"${preset}"`).join(", ")}.`,
    { details: { dst } },
  );
}
