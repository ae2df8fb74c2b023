// The times of a cron expression that fall into a gap of the local clock, each at its place in the ledger:
// the instant at which the clock would have shown it, had it not jumped. So 02:30 on the night when clocks go from
// 02:00 to 03:00 stands half an hour after the jump, and no two of them share a place.
import type { Instant } from "../base/clock.ts";
import type { Cron, DstPreset } from "../cron/cron.ts";
import { gapTimes } from "../cron/gap-times.ts";
import { dayMs } from "../time/calendar.ts";
import { changesBetween } from "../time/changes.ts";
import type { Zone } from "../time/zone.ts";
import type { GapTime } from "./rule.ts";

/** Samoa skipped a day. */
const longestGapMs = dayMs;

export function* cronGaps(
  cron: Cron,
  zone: Zone,
  dst: DstPreset,
  range: { readonly from: Instant; readonly to: Instant },
): Generator<GapTime, void, undefined> {
  for (const change of changesBetween(zone, range.from - longestGapMs, range.to)) {
    if (change.after <= change.before) continue;
    for (const gap of gapTimes(cron, change.at - 1, change.at, zone, dst, { limit: Infinity })) {
      const at = gap.localMs - change.before;
      if (at >= range.from && at <= range.to) yield { at, becomes: gap.becomes };
    }
  }
}
