// A line of the view before it becomes text: pieces with a style each. Widths are counted here, where no escape
// sequence is in the way; colours appear only in `paintLine`.
import { cutText, textWidth } from "./text-width.ts";

/** Few on purpose: labels are dim, one accent and its shade, `bad` for failures only, `alarm` for the kill switch. */
export type Style = "plain" | "dim" | "strong" | "accent" | "shade" | "title" | "bad" | "alarm";

export interface Piece {
  readonly text: string;
  readonly style: Style;
}

export type Line = readonly Piece[];

const codes: Readonly<Record<Style, string>> = {
  plain: "",
  dim: "2",
  strong: "1",
  accent: "36",
  shade: "2;36",
  title: "1;36",
  bad: "31",
  alarm: "1;7",
};

export function piece(text: string, style: Style = "plain"): Piece {
  return { text, style };
}

export function gap(width: number): Piece {
  return { text: " ".repeat(Math.max(0, width)), style: "plain" };
}

export function lineWidth(line: Line): number {
  return line.reduce((sum, { text }) => sum + textWidth(text), 0);
}

/** Cuts at the end where it is too wide. */
export function cutLine(line: Line, width: number, ellipsis: string): Line {
  if (lineWidth(line) <= width) return line;
  const kept: Piece[] = [];
  let room = width;
  for (const { text, style } of line) {
    const taken = textWidth(text);
    kept.push({ text: taken < room ? text : cutText(`${text} `, room, ellipsis), style });
    room -= taken;
    if (room <= 0) break;
  }
  return kept;
}

/** Exactly `width` cells. */
export function fitLine(line: Line, width: number, ellipsis: string): Line {
  const cut = cutLine(line, width, ellipsis);
  return [...cut, gap(width - lineWidth(cut))];
}

/** One at the left edge, one at the right; where they do not both fit, the right one gives way. */
export function spreadLine(left: Line, right: Line, width: number): Line {
  const room = width - lineWidth(left) - lineWidth(right);
  return room < 2 ? left : [...left, gap(room), ...right];
}

/** Text with escape sequences, or without any. Nothing stands behind the last visible character. */
export function paintLine(line: Line, options: { readonly color: boolean }): string {
  if (!options.color)
    return line
      .map(({ text }) => text)
      .join("")
      .trimEnd();
  return mergePieces(trimLine(line)).map(paint).join("");
}

/** Blanks at the end of a line are only seen when they are part of a bar. */
function trimLine(line: Line): Line {
  const last = line.findLastIndex(({ text, style }) => style === "alarm" || text.trim() !== "");
  return line.slice(0, last + 1);
}

function mergePieces(line: Line): Line {
  const merged: Piece[] = [];
  for (const next of line) {
    const last = merged.at(-1);
    if (last?.style === next.style) merged[merged.length - 1] = piece(last.text + next.text, last.style);
    else merged.push(next);
  }
  return merged;
}

function paint({ text, style }: Piece): string {
  const code = codes[style];
  return code === "" || text === "" ? text : `\u001b[${code}m${text}\u001b[0m`;
}
