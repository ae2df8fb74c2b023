// Times beside now, as people say them: `in 4s`, `3m ago`.
import { shortSpan } from "./live/short-amounts.ts";

export function when(at: Date | undefined, now: number): string {
  if (at === undefined) return "";
  const ms = at.getTime() - now;
  if (Math.abs(ms) < 1_000) return "now";
  return ms > 0 ? `in ${shortSpan(ms)}` : `${shortSpan(-ms)} ago`;
}

/** The instant and how far away it is. */
export function instantAndWhen(at: Date | undefined, now: number): string | undefined {
  return at === undefined ? undefined : `${at.toISOString()} (${when(at, now)})`;
}
