// Durations as people write them: a number of milliseconds, or text with a unit.
// A bare number in text is refused: "5" says nothing, and "5m" must never be read as 5 ms.
import { EscapementError } from "./errors.ts";
import { show } from "./quote.ts";

/** Milliseconds, or text such as `"500ms" "30s" "5m" "2h" "1d" "2w"`; parts may follow each other: `"1h 30m"`. */
export type Duration = number | string;

const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};
const onePart = /(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w)\s*/giy;

/** Milliseconds, finite and not negative; throws `duration.invalid`. */
export function parseDuration(value: Duration): number {
  const ms = typeof value === "number" ? value : parseText(value);
  if (Number.isFinite(ms) && ms >= 0) return ms;
  throw new EscapementError(
    "duration.invalid",
    `Cannot read duration ${show(value)}: write milliseconds as a number, or text like "500ms", "30s", "5m", "2h" or "1d".`,
    { details: { value: show(value) } },
  );
}

function parseText(text: unknown): number {
  if (typeof text !== "string") return Number.NaN;
  const source = text.trim();
  let total = 0;
  let end = 0;
  onePart.lastIndex = 0;
  for (let part = onePart.exec(source); part !== null; part = onePart.exec(source)) {
    total += Number(part[1]) * (unitMs[(part[2] ?? "").toLowerCase()] ?? Number.NaN);
    end = onePart.lastIndex;
  }
  return end > 0 && end === source.length ? total : Number.NaN;
}

/** The shortest exact text: `90000` is `"1m 30s"`. */
export function formatDuration(ms: number): string {
  const parts: string[] = [];
  let rest = Math.round(ms);
  for (const unit of ["d", "h", "m", "s", "ms"]) {
    const size = unitMs[unit] ?? 1;
    const count = Math.floor(rest / size);
    if (count > 0) parts.push(`${count}${unit}`);
    rest -= count * size;
  }
  return parts.join(" ") || "0ms";
}
