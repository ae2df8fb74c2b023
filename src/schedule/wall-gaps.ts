// The steps of a local-time grid that fall into a gap of the local clock: they run at the first instant after it.
import type { Instant } from "../base/clock.ts";
import { dayMs } from "../time/calendar.ts";
import { changesBetween } from "../time/changes.ts";
import { localAt } from "../time/local-time.ts";
import type { Zone } from "../time/zone.ts";
import type { GapTime } from "./rule.ts";

export interface WallGrid {
  readonly anchor: Instant;
  readonly intervalMs: number;
  readonly zone: Zone;
}

export function* wallGaps(
  grid: WallGrid,
  range: { readonly from: Instant; readonly to: Instant },
): Generator<GapTime, void, undefined> {
  const { zone, intervalMs } = grid;
  const origin = localAt(zone, grid.anchor);
  for (const change of changesBetween(zone, range.from - dayMs, range.to)) {
    const opens = Math.max(change.at, range.from) + change.before;
    const closes = Math.min(change.at + change.after, range.to + change.before + 1);
    const first = origin + Math.ceil((opens - origin) / intervalMs) * intervalMs;
    for (let local = first; local < closes; local += intervalMs) {
      yield { at: local - change.before, becomes: change.at };
    }
  }
}
