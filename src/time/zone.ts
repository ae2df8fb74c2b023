// Time zones as tables of spans, built lazily from `Intl` in pieces of about four years.
// After a piece is built, an offset is a look-up; `Intl` is not asked again.
import type { Instant } from "../base/clock.ts";
import { EscapementError } from "../base/errors.ts";
import { dayMs } from "./calendar.ts";
import { createOffsetProbe } from "./offset-probe.ts";
import { findSpans, makeSpan, type Span } from "./span.ts";

export interface Zone {
  readonly name: string;
  /** Milliseconds: local = UTC + offset. */
  offsetAt(at: Instant): number;
  /** The span that holds `at`. */
  spanAt(at: Instant): Span;
}

/** Zone rules are followed between these years; before and after, the offset at the border holds. */
const firstZoneYear = 1900;
export const lastZoneYear = 2200;
const firstAt: Instant = Date.UTC(firstZoneYear, 0, 1);
const lastAt: Instant = Date.UTC(lastZoneYear + 1, 0, 1);
/** About 4.4 years, in whole days. */
const pieceMs = 1_600 * dayMs;

const utcSpan = makeSpan(-Infinity, Infinity, 0, 0, 0);
const utc: Zone = Object.freeze({ name: "UTC", offsetAt: () => 0, spanAt: () => utcSpan });

/** By the name as written. Bounded, because names come from outside and one name can be written in many cases. */
const named = new Map<string, Zone>([["UTC", utc]]);
const mostNames = 4_096;
/** By the canonical name, of which there are only so many. */
const canonicals = new Map<string, TableZone>();

/** The zone of an IANA name, in any case, or of an offset such as "+05:30"; throws `zone.unknown`. */
export function zoneOf(name: string): Zone {
  const known = named.get(name);
  if (known !== undefined) return known;
  const zone = openZone(name);
  if (named.size < mostNames) named.set(name, zone);
  return zone;
}

function openZone(name: string): Zone {
  const canonical = canonicalName(name);
  if (canonical === "UTC") return utc;
  const zone = canonicals.get(canonical) ?? new TableZone(canonical, new SpanTable(canonical));
  canonicals.set(canonical, zone);
  // The same name in another case becomes the canonical one; an alias keeps its own.
  return canonical.toLowerCase() === name.toLowerCase() ? zone : zone.renamed(name);
}

function canonicalName(name: string): string {
  // `Intl` would read a missing name as the zone of this machine.
  if (typeof name !== "string") throw unknownZone(name, undefined);
  try {
    return new Intl.DateTimeFormat("en-US", { timeZone: name }).resolvedOptions().timeZone;
  } catch (cause) {
    throw unknownZone(name, cause);
  }
}

function unknownZone(name: unknown, cause: unknown): EscapementError {
  return new EscapementError(
    "zone.unknown",
    `Unknown time zone ${JSON.stringify(name)}: use an IANA name such as "Europe/Paris" or "America/New_York", an offset such as "+05:30", or "UTC".`,
    { details: { timezone: String(name) }, cause },
  );
}

class TableZone implements Zone {
  readonly name: string;
  readonly #table: SpanTable;

  constructor(name: string, table: SpanTable) {
    this.name = name;
    this.#table = table;
  }

  renamed(name: string): TableZone {
    return new TableZone(name, this.#table);
  }

  offsetAt(at: Instant): number {
    return this.#table.spanAt(at).offset;
  }

  spanAt(at: Instant): Span {
    return this.#table.spanAt(at);
  }
}

/** The spans of one zone, filled in as they are asked for. */
class SpanTable {
  readonly #zone: string;
  readonly #pieces = new Map<number, readonly Span[]>();
  /** Callers walk through time, so the span just used is nearly always the one wanted next. */
  #recent: Span = makeSpan(0, 0, 0, 0, 0);

  constructor(zone: string) {
    this.#zone = zone;
  }

  spanAt(at: Instant): Span {
    const recent = this.#recent;
    if (at >= recent.from && at < recent.until) return recent;
    return (this.#recent = this.#find(at));
  }

  #find(at: Instant): Span {
    const spans = this.#piece(Math.floor(Math.min(Math.max(at, firstAt), lastAt - 1) / pieceMs));
    let [low, high] = [0, spans.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (at >= (spans[middle]?.from ?? Infinity)) low = middle;
      else high = middle - 1;
    }
    return spans[low] ?? utcSpan;
  }

  #piece(index: number): readonly Span[] {
    const known = this.#pieces.get(index);
    if (known !== undefined) return known;
    const built = buildPiece(this.#zone, index);
    this.#pieces.set(index, built);
    return built;
  }
}

function buildPiece(zone: string, index: number): Span[] {
  const from = Math.max(index * pieceMs, firstAt);
  const until = Math.min((index + 1) * pieceMs, lastAt);
  const spans = findSpans(createOffsetProbe(zone), from, until);
  const [first, last] = [spans[0], spans.at(-1)];
  // Outside the years that are followed, the offset at the border holds for ever.
  if (from === firstAt && first !== undefined) {
    spans[0] = makeSpan(-Infinity, first.until, first.offset, first.offset, first.after);
  }
  if (until === lastAt && last !== undefined) {
    spans[spans.length - 1] = makeSpan(last.from, Infinity, last.before, last.offset, last.offset);
  }
  return spans;
}
