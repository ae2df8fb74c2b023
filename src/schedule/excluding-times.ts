// A sequence without the times that exclusions leave out, and those times by themselves.
import type { Instant } from "../base/clock.ts";
import type { Zone } from "../time/zone.ts";
import { nextLeftOut, stretchAt, type LocalExclusion } from "./exclusion.ts";
import type { Times } from "./times.ts";

/**
 * Searches give up after this many stretches in a row without finding what they look for. An hour per stretch is
 * eleven years, a minute seventy days: a schedule with nothing left in that time counts as having nothing left.
 */
const mostStretches = 100_000;

export function excludingTimes(times: Times, exclusions: readonly LocalExclusion[], zone: Zone): Times {
  if (exclusions.length === 0) return times;
  return {
    next(after) {
      let at = times.next(after);
      for (let step = 0; at !== null && step < mostStretches; step++) {
        const out = stretchAt(exclusions, zone, at);
        if (out === undefined) return at;
        at = times.next(out.until - 1);
      }
      return null;
    },
    previous(before) {
      let at = times.previous(before);
      for (let step = 0; at !== null && step < mostStretches; step++) {
        const out = stretchAt(exclusions, zone, at);
        if (out === undefined) return at;
        at = times.previous(out.from);
      }
      return null;
    },
  };
}

/** The times in [from, to] that the exclusions leave out, oldest first, lazily. */
export function* excludedTimes(
  times: Times,
  exclusions: readonly LocalExclusion[],
  zone: Zone,
  range: { readonly from: Instant; readonly to: Instant },
): Generator<Instant, void, undefined> {
  if (exclusions.length === 0) return;
  let at = times.next(range.from - 1);
  for (let missed = 0; at !== null && at <= range.to && missed < mostStretches;) {
    if (stretchAt(exclusions, zone, at) !== undefined) {
      missed = 0;
      yield at;
      at = times.next(at);
      continue;
    }
    missed++;
    const begins = nextLeftOut(exclusions, zone, at, range.to);
    if (begins === null) return;
    at = times.next(begins - 1);
  }
}
