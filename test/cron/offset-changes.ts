// Where to aim the oracle: the offset changes of a zone, found here by asking `Intl` for every day and then bisecting,
// so that a change that src/time misses is still walked over.
import { clockOf } from "./wall-clock.ts";

export interface OffsetChange {
  readonly timezone: string;
  /** First minute with the new offset. */
  readonly at: number;
  readonly before: number;
  readonly after: number;
}

export const allZones: readonly string[] = Intl.supportedValuesOf("timeZone");

const dayMs = 86_400_000;
const minuteMs = 60_000;

export function offsetChanges(timezone: string, fromYear: number, toYear: number): OffsetChange[] {
  const read = clockOf(timezone);
  const offsetAt = (at: number): number => read(at) - at;
  const changes: OffsetChange[] = [];
  const end = Date.UTC(toYear, 0, 1);
  for (let day = Date.UTC(fromYear, 0, 1); day < end; day += dayMs) {
    const [before, after] = [offsetAt(day), offsetAt(day + dayMs)];
    if (before === after) continue;
    let [low, high] = [day, day + dayMs];
    while (high - low > minuteMs) {
      const middle = low + Math.floor((high - low) / 2 / minuteMs) * minuteMs;
      if (offsetAt(middle) === before) low = middle;
      else high = middle;
    }
    changes.push({ timezone, at: high, before, after });
  }
  return changes;
}
