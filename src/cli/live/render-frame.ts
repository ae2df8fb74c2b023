// One picture of the view: lines of text, as many as the terminal has rows, none wider than it. Pure.
// The rows are shared out so that a small terminal still shows what matters: the head, the pulse, the tasks.
import type { Canvas } from "./canvas.ts";
import { eventLines } from "./event-lines.ts";
import { asciiGlyphs, unicodeGlyphs } from "./glyphs.ts";
import { headerLine, switchLine } from "./header-lines.ts";
import type { LiveView } from "./live-view.ts";
import { plainText } from "./plain-text.ts";
import { pulseLine, pulsePanels, pulseStack } from "./pulse-lines.ts";
import { cutLine, gap, paintLine, piece, type Line } from "./styled-line.ts";
import { taskLines } from "./task-lines.ts";

export interface FrameSize {
  readonly columns: number;
  readonly rows: number;
  readonly color: boolean;
  readonly unicode: boolean;
}

export function renderFrame(view: LiveView, size: FrameSize): string[] {
  const margin = marginOf(size.columns);
  const glyphs = size.unicode ? unicodeGlyphs : asciiGlyphs;
  const canvas = { width: Math.max(0, size.columns - 2 * margin), glyphs };
  const lines = composeFrame(view, Math.max(0, size.rows), canvas).map((line) =>
    paintLine([gap(margin), ...cutLine(line, canvas.width, glyphs.ellipsis)], size),
  );
  return lines;
}

function marginOf(columns: number): number {
  if (columns >= 60) return 2;
  return columns >= 44 ? 1 : 0;
}

/** How much air there is: from 14 rows on between the sections, from 30 on around everything. */
interface Air {
  readonly around: readonly Line[];
  readonly between: readonly Line[];
}

function airOf(rows: number): Air {
  return { around: rows >= 30 ? [[]] : [], between: rows >= 14 ? [[]] : [] };
}

/** Exactly `rows` lines. */
function composeFrame(view: LiveView, rows: number, canvas: Canvas): readonly Line[] {
  const { around, between } = airOf(rows);
  const head: readonly Line[] = [
    ...around,
    headerLine(view, canvas),
    ...(view.switchOn === undefined ? [] : [...between, switchLine(view.switchOn.reason, canvas)]),
    ...between,
    ...pulseOf(view, rows, canvas),
    ...between,
  ];
  const foot = footOf(view, rows, canvas);
  const left = Math.max(0, rows - head.length - foot.length);
  const body = bodyOf(view, left, between, canvas);
  const filler = Array.from({ length: left - body.length }, (): Line => []);
  return [...head, ...body, ...filler, ...foot].slice(0, rows);
}

function pulseOf(view: LiveView, rows: number, canvas: Canvas): readonly Line[] {
  if (rows < 20) return [pulseLine(view, canvas)];
  if (canvas.width < 92) return pulseStack(view, canvas);
  return pulsePanels(view, Math.max(view.samples.length + 1, rows >= 30 ? 7 : 5), canvas);
}

/** Tasks first; the events have the rest, and a few lines in any case where there are enough. */
function bodyOf(view: LiveView, rows: number, between: readonly Line[], canvas: Canvas): readonly Line[] {
  const kept = rows >= 10 ? Math.min(view.events.length, Math.floor(rows / 4)) + 1 + between.length : 0;
  const tasks = taskLines(view.tasks, rows - kept, canvas);
  const room = rows - tasks.length - between.length;
  const events = eventLines(view.events, room, canvas, view.timezone ?? "UTC");
  // A heading with nothing under it says nothing.
  return events.length < 2 ? tasks : [...tasks, ...between, ...events];
}

/** A notice always; the hint about ctrl-c where there is room for it. */
function footOf(view: LiveView, rows: number, canvas: Canvas): readonly Line[] {
  const { around, between } = airOf(rows);
  if (view.notice !== undefined) return [...between, [piece(plainText(view.notice), "strong")], ...around];
  if (rows < 20) return [];
  const hint = `ctrl-c stops ${canvas.glyphs.separator} running work is finished first`;
  return [...between, [piece(hint, "dim")], ...around];
}
