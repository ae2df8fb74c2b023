// The last events, newest first, one line each. Pure: the zone is data, the clock is nobody's.
import type { Canvas } from "./canvas.ts";
import type { LiveEvent } from "./live-view.ts";
import { plainText } from "./plain-text.ts";
import { cutLine, gap, piece, spreadLine, type Line, type Style } from "./styled-line.ts";
import { cutText, textWidth } from "./text-width.ts";

/** Kinds are `noun.verb` and rarely longer; a longer one is cut rather than pushing every label aside. */
const longestKind = 24;

/** A heading and at most `rows - 1` events. */
export function eventLines(
  events: readonly LiveEvent[],
  rows: number,
  canvas: Canvas,
  timezone: string,
): readonly Line[] {
  if (rows <= 0) return [];
  const heading: Line = [piece("events", "strong")];
  if (events.length === 0) return [heading, [piece("none yet", "dim")]].slice(0, rows);
  const shown = events.slice(0, rows - 1);
  const clock = new Intl.DateTimeFormat("en-GB", { timeZone: timezone, timeStyle: "medium" });
  const kinds = shown.map(({ kind }) => cutText(plainText(kind), longestKind, canvas.glyphs.ellipsis));
  const kindWidth = Math.max(0, ...kinds.map(textWidth));
  const lines = shown.map((event, index) => {
    const kind = kinds[index] ?? "";
    const what = [piece(kind, kindTone(event)), gap(kindWidth - textWidth(kind) + 2)];
    return eventLine(event, [piece(clock.format(event.at), "dim"), gap(2), ...what], canvas);
  });
  return [heading, ...lines];
}

/** The subject stands at the right edge where the line has room for it: it is for looking things up. */
function eventLine(event: LiveEvent, start: Line, canvas: Canvas): Line {
  const subject = piece(plainText(event.subject), "dim");
  const label = plainText(event.label);
  if (label === "") return cutLine([...start, subject], canvas.width, canvas.glyphs.ellipsis);
  const line = cutLine([...start, piece(label, labelTone(event))], canvas.width, canvas.glyphs.ellipsis);
  return spreadLine(line, [subject], canvas.width);
}

function labelTone(event: LiveEvent): Style {
  if (event.severity === "error" || event.severity === "critical") return "bad";
  return event.severity === "warning" ? "strong" : "plain";
}

function kindTone(event: LiveEvent): Style {
  const tone = labelTone(event);
  return tone === "plain" ? "dim" : tone;
}
