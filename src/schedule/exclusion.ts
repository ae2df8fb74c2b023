// What a schedule leaves out: whole local days by date, or stretches of the local clock by cron expression.
// Everything is asked in stretches, so that leaving out a month is one step, however often the schedule fires.
import type { Instant } from "../base/clock.ts";
import { EscapementError } from "../base/errors.ts";
import type { Cron, Sixty } from "../cron/cron.ts";
import { nextLocal } from "../cron/next-local.ts";
import { parseCron } from "../cron/parse.ts";
import { dayMs, daysFromCivil, hourMs, minuteMs, monthLength, secondMs } from "../time/calendar.ts";
import type { LocalMs } from "../time/local-time.ts";
import type { Zone } from "../time/zone.ts";

export interface Stretch {
  readonly from: Instant;
  /** Exclusive. */
  readonly until: Instant;
}

/** The same question on the local clock, where days and hours have their plain lengths. */
export interface LocalExclusion {
  /** The size of the pieces that it leaves out, each starting at a multiple of it. */
  readonly pieceMs: number;
  /** Whether the piece that starts at `start` is left out. */
  covers(start: LocalMs): boolean;
  /** The start of the first piece left out that starts after `local`; `Infinity` when there is none. */
  nextStart(local: LocalMs): LocalMs;
}

/** Dates and cron expressions, as one list of questions; throws `cron.invalid` or `instant.invalid`. */
export function parseExclusions(texts: readonly string[], seed: string): LocalExclusion[] {
  const dates = texts.filter((text) => looksLikeDate(text));
  const crons = texts.filter((text) => !looksLikeDate(text));
  const days = dates.length === 0 ? [] : [leaveOutDays(dates.map(parseDay))];
  return [...days, ...crons.map((text) => leaveOutCron(parseCron(text, { seed })))];
}

function looksLikeDate(text: string): boolean {
  return /^\d+-\d+-\d+/.test(text.trim());
}

const isoDate = /^(\d{4})-(\d{2})-(\d{2})$/;

/** Days since 1970. */
function parseDay(text: string): number {
  const [, year = "", month = "", day = ""] = isoDate.exec(text.trim()) ?? [];
  const [y, m, d] = [Number(year), Number(month), Number(day)];
  if (m >= 1 && m <= 12 && d >= 1 && d <= monthLength(y, m)) return daysFromCivil(y, m, d);
  throw new EscapementError(
    "instant.invalid",
    `Cannot read date ${JSON.stringify(text)}: write a day of the calendar like "2026-12-25".`,
    { details: { value: text } },
  );
}

function leaveOutDays(days: readonly number[]): LocalExclusion {
  const starts = [...new Set(days)].sort((a, b) => a - b).map((day) => day * dayMs);
  const known = new Set(starts);
  return {
    pieceMs: dayMs,
    covers: (start) => known.has(start),
    nextStart: (local) => starts.find((start) => start > local) ?? Infinity,
  };
}

/**
 * Five fields leave out the whole minutes that they name, six or seven the whole seconds.
 * When every minute of an hour or every hour of a day is named, the pieces are that much larger.
 */
function leaveOutCron(cron: Cron): LocalExclusion {
  return {
    pieceMs: pieceOf(cron),
    covers: (start) => nextLocal(cron, start - 1) === start,
    nextStart: (local) => nextLocal(cron, local),
  };
}

function pieceOf(cron: Cron): number {
  const wholeMinutes = cron.text.split(/\s+/).length <= 5 || isFull(cron.seconds);
  if (!wholeMinutes) return secondMs;
  if (!isFull(cron.minutes)) return minuteMs;
  return cron.hours === 2 ** 24 - 1 ? dayMs : hourMs;
}

function isFull(sixty: Sixty): boolean {
  const half = 2 ** 30 - 1;
  return sixty.low === half && sixty.high === half;
}

/** The stretch of a piece left out that holds `at`, cut where the offset of the zone changes. */
export function stretchAt(
  exclusions: readonly LocalExclusion[],
  zone: Zone,
  at: Instant,
): Stretch | undefined {
  const span = zone.spanAt(at);
  const local = at + span.offset;
  for (const exclusion of exclusions) {
    const start = Math.floor(local / exclusion.pieceMs) * exclusion.pieceMs;
    if (!exclusion.covers(start)) continue;
    return {
      from: Math.max(start - span.offset, span.from),
      until: Math.min(start + exclusion.pieceMs - span.offset, span.until),
    };
  }
  return undefined;
}

/** The first instant after `at`, up to `to`, that is left out, given that `at` is not; `null` when there is none. */
export function nextLeftOut(
  exclusions: readonly LocalExclusion[],
  zone: Zone,
  at: Instant,
  to: Instant,
): Instant | null {
  let span = zone.spanAt(at);
  for (let from = at; from <= to; from = span.from) {
    const local = from + span.offset;
    const start = Math.min(...exclusions.map((exclusion) => exclusion.nextStart(local)));
    const found = start - span.offset;
    if (found < span.until) return found <= to ? found : null;
    // Past the change the local clock reads something else, perhaps in the middle of a piece.
    if (span.until > to) return null;
    span = zone.spanAt(span.until);
    if (stretchAt(exclusions, zone, span.from) !== undefined) return span.from;
  }
  return null;
}
