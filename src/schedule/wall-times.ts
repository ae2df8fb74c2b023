// An interval of local time: a grid laid on the clock on the wall, so that "every day" keeps 09:00 across DST.
// A reading that no clock showed stands for the first instant after the gap; one shown twice for the first showing.
import type { Instant } from "../base/clock.ts";
import { dayMs } from "../time/calendar.ts";
import { localAt, resolveLocal } from "../time/local-time.ts";
import type { Zone } from "../time/zone.ts";
import { inRange, lastTime, type Times } from "./times.ts";

/** No zone ever moved its clocks by more than a day, so a grid step is never further from its place than this. */
const furthestMs = 2 * dayMs;

/** `anchor` is an instant; what counts is what the local clock shows at it. */
export function wallTimes(anchor: Instant, intervalMs: number, zone: Zone): Times {
  const origin = localAt(zone, anchor);
  const reach = Math.ceil(furthestMs / intervalMs) + 1;
  const stepNear = (at: Instant): number => Math.floor((localAt(zone, at) - origin) / intervalMs);
  const timeOf = (step: number): Instant => instantOf(zone, origin + step * intervalMs);
  return {
    next(after) {
      const near = stepNear(after);
      return inRange(timeOf(firstStep(near - reach, near + reach, (step) => timeOf(step) > after)));
    },
    previous(asked) {
      const before = Math.min(asked, lastTime + 1);
      const near = stepNear(before);
      return inRange(timeOf(firstStep(near - reach, near + reach, (step) => timeOf(step) >= before) - 1));
    },
  };
}

function instantOf(zone: Zone, local: number): Instant {
  const time = resolveLocal(zone, local);
  switch (time.kind) {
    case "unique":
      return time.at;
    case "gap":
      return time.changeAt;
    case "overlap":
      return time.first;
  }
}

/** The first step in (low, high] that is past the mark, given that `high` is: times never decrease along the grid. */
function firstStep(low: number, high: number, isPast: (step: number) => boolean): number {
  let [before, past] = [low, high];
  while (past - before > 1) {
    const middle = Math.floor((before + past) / 2);
    if (isPast(middle)) past = middle;
    else before = middle;
  }
  return past;
}
