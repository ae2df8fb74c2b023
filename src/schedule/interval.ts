// The text of an interval schedule: milliseconds or a duration.
// Here, and only here, a bare number in text is milliseconds: the schedules of the field write "300000".
import { parseDuration } from "../base/duration.ts";
import { EscapementError } from "../base/errors.ts";

const milliseconds = /^\d+$/;

/** Whole milliseconds, at least 1; throws `duration.invalid`. */
export function parseInterval(text: string): number {
  const ms = readInterval(text.trim());
  if (ms !== undefined && ms >= 1 && Number.isSafeInteger(ms)) return ms;
  throw new EscapementError(
    "duration.invalid",
    `Cannot read interval ${JSON.stringify(text)}: write at least one millisecond, as a number of milliseconds like "300000", or with a unit like "500ms", "30s", "5m", "2h" or "1d".`,
    { details: { value: text } },
  );
}

function readInterval(text: string): number | undefined {
  if (milliseconds.test(text)) return Number(text);
  try {
    // "1.001s" is not exactly 1001 in binary.
    return Math.round(parseDuration(text) * 1_000) / 1_000;
  } catch {
    return undefined;
  }
}
