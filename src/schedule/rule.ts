// One parsed, immutable schedule: the times that can run, and the two kinds of times that cannot.
// Every nominal time is of exactly one kind, which is what lets the skip ledger account for each of them once.
import type { Instant } from "../base/clock.ts";
import type { Zone } from "../time/zone.ts";
import type { Bounds } from "./bounded-times.ts";
import type { Times } from "./times.ts";

/** A local time of the schedule that no clock showed, because clocks went forward over it. */
export interface GapTime {
  /** The instant at which the clock would have shown it, had it not jumped: its place in the ledger. */
  readonly at: Instant;
  /** The time that runs in its stead under the DST preset; `null` when none does. */
  readonly becomes: Instant | null;
}

/** As times, a rule is what can run: inside its bounds and not excluded. */
export interface Rule extends Times {
  next(after: Instant): Instant | null;
  previous(before: Instant): Instant | null;
  readonly zone: Zone;
  readonly bounds: Bounds;
  /** The schedule alone, without bounds and exclusions. */
  readonly schedule: Times;
  /** The times in [from, to] that an exclusion takes out, oldest first, lazily. */
  excluded(from: Instant, to: Instant): Iterable<Instant>;
  /** The times in [from, to] that lie inside a gap of the local clock, by their place in the ledger. */
  gaps(from: Instant, to: Instant): Iterable<GapTime>;
}
