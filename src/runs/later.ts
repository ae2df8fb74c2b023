// The moment that a handler wants to wait for.
import type { Instant } from "../base/clock.ts";
import { parseDuration, type Duration } from "../base/duration.ts";
import { EscapementError } from "../base/errors.ts";
import { quote } from "../base/quote.ts";

/** The last moment that `Date` can hold. */
const lastInstant = 8_640_000_000_000_000;

/** Throws `duration.invalid`, and `run.invalid` for a moment that no calendar has. */
export function later(now: Instant, by: Duration): Instant {
  const at = now + Math.round(parseDuration(by));
  if (at <= lastInstant) return at;
  throw new EscapementError("run.invalid", `Cannot wait ${quote(by)}: no calendar goes that far.`);
}
