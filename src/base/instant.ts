// Points in time as callers write them, read into milliseconds.
import type { Instant } from "./clock.ts";
import { EscapementError } from "./errors.ts";
import { show } from "./quote.ts";

/** A Date, milliseconds since the epoch, or ISO 8601 text. Text without an offset is read as UTC. */
export type InstantLike = Date | number | string;

const isoText = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?$/i;
/** The range of `Date`. */
const largest = 8.64e15;

/** Throws `instant.invalid`, which names the value. */
export function parseInstant(value: InstantLike): Instant {
  const at = readInstant(value);
  if (Number.isInteger(at) && Math.abs(at) <= largest) return at;
  throw new EscapementError(
    "instant.invalid",
    `Cannot read instant ${show(value)}: give a Date, milliseconds since 1970, or ISO 8601 text like "2026-03-29T01:30:00Z".`,
    { details: { value: show(value) } },
  );
}

function readInstant(value: unknown): number {
  if (value instanceof Date) return value.getTime();
  if (typeof value === "number") return value;
  if (typeof value !== "string") return Number.NaN;
  const text = value.trim();
  const iso = isoText.exec(text);
  if (iso === null) return Number.NaN;
  const hasTime = text.length > 10;
  const utc = hasTime && iso[1] === undefined ? `${text}Z` : text;
  const at = Date.parse(utc.replace(" ", "T"));
  return isRealDay(text) ? at : Number.NaN;
}

/** `Date.parse` reads 2026-02-30 as 2 March; a calendar does not. */
function isRealDay(text: string): boolean {
  const day = text.slice(0, 10);
  const at = Date.parse(`${day}T00:00:00Z`);
  return Number.isFinite(at) && new Date(at).toISOString().slice(0, 10) === day;
}

/** ISO 8601 in UTC with milliseconds. */
export function formatInstant(at: Instant): string {
  return new Date(at).toISOString();
}
