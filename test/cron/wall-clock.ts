// What the clock on the wall shows, instant by instant, as `Intl` tells it: the ground truth of the oracle.
// Written on purpose without anything of src/time: it formats whole dates and reads them back.

export interface Reading {
  readonly at: number;
  /** The digits of the clock, as the milliseconds that they have in UTC. */
  readonly local: number;
}

const digits = /^(\d{4})-(\d{2})-(\d{2}) (\d{2}):(\d{2}):(\d{2})$/;

export function clockOf(timezone: string): (at: number) => number {
  // The Swedish way of writing a time is the ISO one.
  const format = new Intl.DateTimeFormat("sv-SE", {
    timeZone: timezone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  });
  return (at) => {
    const text = format.format(at);
    const [, year, month, day, hour, minute, second] = digits.exec(text)?.map(Number) ?? [];
    if (second === undefined) throw new Error(`Intl wrote ${text}`);
    return Date.UTC(year!, month! - 1, day, hour, minute, second);
  };
}

/** One reading per step in [from, until]. */
export function walk(timezone: string, from: number, until: number, stepMs: number): Reading[] {
  const read = clockOf(timezone);
  const readings: Reading[] = [];
  for (let at = from; at <= until; at += stepMs) readings.push({ at, local: read(at) });
  return readings;
}
