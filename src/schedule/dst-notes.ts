// What a change of the local clock did to one time of a rule, in words.
import type { Instant } from "../base/clock.ts";
import { includes } from "./times.ts";
import { dayMs } from "../time/calendar.ts";
import { changesBetween, type Change } from "../time/changes.ts";
import { localAt, resolveLocal, type LocalMs } from "../time/local-time.ts";
import type { Zone } from "../time/zone.ts";
import { localText, timeOfDayText } from "./local-text.ts";
import type { GapTime, Rule } from "./rule.ts";

/** Notes on the time `at`, given that the one before it was at `after`. */
export function notesOn(rule: Rule, after: Instant, at: Instant): string[] {
  const { zone } = rule;
  const moved = gapsOf(rule, changesBetween(zone, at - dayMs, at)).filter((gap) => gap.becomes === at);
  const lost = gapsOf(rule, changesBetween(zone, after, at)).filter((gap) => gap.becomes === null);
  return [...movedNote(zone, moved, at), ...lostNote(zone, lost), ...overlapNote(rule, at)];
}

function gapsOf(rule: Rule, changes: readonly Change[]): GapTime[] {
  return changes
    .filter((change) => change.after > change.before)
    .flatMap(({ at, before, after }) => Array.from(rule.gaps(at, at + after - before - 1)));
}

/** `clocks go from 02:00 to 03:00` */
export function changeText(change: Change): string {
  const [from, to] = [change.at + change.before, change.at + change.after];
  const sameDay = localText(from).slice(0, 10) === localText(to).slice(0, 10);
  return `clocks go from ${timeOfDayText(from)} to ${sameDay ? timeOfDayText(to) : localText(to)}`;
}

/** The reading of the local clock that a time inside a gap stands for, and the jump over it. */
export function gapReading(
  zone: Zone,
  gapAt: Instant,
): { readonly local: LocalMs; readonly change: Change | undefined } {
  const change = changesBetween(zone, gapAt - dayMs, gapAt).findLast((one) => one.after > one.before);
  return { local: gapAt + (change?.before ?? zone.offsetAt(gapAt)), change };
}

function movedNote(zone: Zone, moved: readonly GapTime[], at: Instant): string[] {
  const [first] = moved;
  if (first === undefined) return [];
  const { local, change } = gapReading(zone, first.at);
  const others = moved.length > 1 ? ` and ${more(moved)} do` : " does";
  const why = change === undefined ? "" : ` (${changeText(change)})`;
  return [`${localText(local)}${others} not exist${why}: runs at ${timeOfDayText(localAt(zone, at))}`];
}

function lostNote(zone: Zone, lost: readonly GapTime[]): string[] {
  const [first] = lost;
  if (first === undefined) return [];
  const { local, change } = gapReading(zone, first.at);
  const others = lost.length > 1 ? ` and ${more(lost)} before it do` : " before it does";
  const why = change === undefined ? "" : ` (${changeText(change)})`;
  return [`${localText(local)}${others} not exist${why}`];
}

function more(times: readonly GapTime[]): string {
  return times.length === 2 ? "1 more time" : `${times.length - 1} more times`;
}

function overlapNote(rule: Rule, at: Instant): string[] {
  const { zone } = rule;
  const local = localAt(zone, at);
  const reading = resolveLocal(zone, local);
  if (reading.kind !== "overlap") return [];
  const isFirst = at === reading.first;
  const other = isFirst ? reading.last : reading.first;
  const which = isFirst ? "first" : "second";
  const runs = includes(rule, other) ? `this is the ${which} time` : `runs the ${which} time only`;
  return [`${localText(local)} comes twice: ${runs}`];
}
