// Asks `Intl` for the offset of a zone at one instant: the only place that reads the zone rules of the machine.
// It costs about a microsecond, so it is called while a table is built and never for a single answer.
import type { Instant } from "../base/clock.ts";
import { dayMs, secondMs } from "./calendar.ts";

/** Milliseconds to add to UTC to get local time; whole seconds. */
export type OffsetProbe = (at: Instant) => number;

/** `name` must be one that `Intl` accepts. */
export function createOffsetProbe(name: string): OffsetProbe {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: name,
    hourCycle: "h23",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  return (at) => {
    const second = Math.floor(at / secondMs) * secondMs;
    const text = format.format(second);
    return localWithin(text, second) - second;
  };
}

/** "30, 09:05:00" read as the local time nearest to the same digits in UTC: no offset is as long as 26 hours. */
function localWithin(text: string, utc: number): number {
  const end = text.length;
  const timeOfDay =
    (digits(text, end - 8) * 3_600 + digits(text, end - 5) * 60 + digits(text, end - 2)) * secondMs;
  const dayStart = Math.floor(utc / dayMs) * dayMs;
  const localDay = Number.parseInt(text, 10);
  const utcDay = new Date(dayStart).getUTCDate();
  // At the turn of a month the day numbers are far apart in the other direction.
  const ahead = localDay - utcDay;
  const daysAhead = ahead > 1 ? -1 : ahead < -1 ? 1 : ahead;
  return dayStart + daysAhead * dayMs + timeOfDay;
}

function digits(text: string, at: number): number {
  return (text.charCodeAt(at) - 48) * 10 + text.charCodeAt(at + 1) - 48;
}
