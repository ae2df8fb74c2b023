// The tasks as a table: what is next, how the last run ended, and why it failed. Pure.
import type { Canvas } from "./canvas.ts";
import type { Glyphs } from "./glyphs.ts";
import type { LiveTask } from "./live-view.ts";
import { plainText } from "./plain-text.ts";
import { grouped, shortDuration, shortSpan, shortestSpan } from "./short-amounts.ts";
import { gap, piece, type Line, type Piece } from "./styled-line.ts";
import { tableLines, type Column } from "./table-lines.ts";

/**
 * A heading and at most `rows - 1` lines under it. Where there is room, a failing task says why on a line of its own,
 * and a paused one what its note says; when tasks are left over, the last line counts them.
 */
export function taskLines(tasks: readonly LiveTask[], rows: number, canvas: Canvas): readonly Line[] {
  if (rows <= 0) return [];
  if (tasks.length === 0) return [[piece("tasks", "strong")], [piece("none yet", "dim")]].slice(0, rows);
  const fits = tasks.length <= rows - 1;
  const shown = fits ? tasks : tasks.slice(0, Math.max(0, rows - 2));
  const [heading = [], ...lines] = tableLines(columnsOf(shown, canvas), {
    width: canvas.width,
    spacing: isNarrow(canvas) ? 1 : 2,
    ellipsis: canvas.glyphs.ellipsis,
  });
  if (fits) return [heading, ...withNotes(shown, lines, rows - 1)];
  return [heading, ...lines, moreLine(tasks.slice(shown.length), canvas)].slice(0, rows);
}

/** What is not shown must not hide a failure. */
function moreLine(hidden: readonly LiveTask[], canvas: Canvas): Line {
  const failing = hidden.filter(isFailing).length;
  const more = piece(`${canvas.glyphs.ellipsis} ${grouped(hidden.length)} more`, "dim");
  return failing === 0 ? [more] : [more, gap(2), piece(`${grouped(failing)} failing`, "bad")];
}

/** Under each line its note, for as long as there are rows. */
function withNotes(tasks: readonly LiveTask[], lines: readonly Line[], rows: number): readonly Line[] {
  let room = rows - lines.length;
  return lines.flatMap((line, index) => {
    const note = noteOf(tasks[index]);
    if (note === undefined || room <= 0) return [line];
    room -= 1;
    return [line, [gap(2), note]];
  });
}

function noteOf(task: LiveTask | undefined): Piece | undefined {
  if (task === undefined) return undefined;
  const text = plainText((task.enabled ? isFailing(task) && task.last?.error : task.pausedNote) || "");
  return text === "" ? undefined : piece(text, task.enabled ? "bad" : "dim");
}

function isNarrow(canvas: Canvas): boolean {
  return canvas.width < 60;
}

function columnsOf(tasks: readonly LiveTask[], canvas: Canvas): readonly Column[] {
  const { glyphs, width } = canvas;
  const span = isNarrow(canvas) ? shortestSpan : shortSpan;
  const column = (
    heading: string,
    importance: number,
    cell: (task: LiveTask) => Piece,
    more: Partial<Column> = {},
  ): Column => ({ heading, importance, align: "right", cells: tasks.map(cell), ...more });
  const leastName = Math.max(14, Math.min(28, Math.floor(width / 4)));
  return [
    column("tasks", 10, (task) => nameCell(task, glyphs), { align: "left", least: leastName }),
    column("", 3, (task) => piece(plainText(task.schedule ?? ""), "dim"), { align: "left", least: 13 }),
    column("next", 8, (task) => nextCell(task, span, glyphs)),
    column("last", 7, (task) => lastCell(task, span)),
    column("took", 4, (task) => tookCell(task)),
    column("runs", 5, (task) => tone(task, piece(grouped(task.runCount)))),
    column("errors", 6, (task) => errorsCell(task, glyphs)),
  ];
}

/** Everything about a paused task is dim. */
function tone(task: LiveTask, cell: Piece): Piece {
  return task.enabled ? cell : { ...cell, style: "dim" };
}

function nameCell(task: LiveTask, glyphs: Glyphs): Piece {
  return tone(
    task,
    piece(`${signOf(task, glyphs)} ${plainText(task.name || task.id)}`, isFailing(task) ? "bad" : "plain"),
  );
}

function signOf(task: LiveTask, glyphs: Glyphs): string {
  if (!task.enabled) return glyphs.paused;
  if (task.last === undefined) return glyphs.idle;
  if (task.last.state === "running") return glyphs.running;
  if (task.last.state === "failed") return glyphs.failed;
  return task.last.state === "succeeded" ? glyphs.succeeded : glyphs.idle;
}

function isFailing(task: LiveTask): boolean {
  return task.enabled && task.last?.state === "failed";
}

function nextCell(task: LiveTask, span: (ms: number) => string, glyphs: Glyphs): Piece {
  if (!task.enabled) return piece("paused", "dim");
  if (task.nextInMs === null) return piece(glyphs.paused, "dim");
  return task.nextInMs < 1000 ? piece("now", "accent") : piece(span(task.nextInMs));
}

function lastCell(task: LiveTask, span: (ms: number) => string): Piece {
  if (task.last === undefined) return piece("never", "dim");
  if (task.last.state === "running") return tone(task, piece("running", "accent"));
  const ago = task.last.agoMs < 1000 ? "now" : `${span(task.last.agoMs)} ago`;
  return tone(task, piece(ago, isFailing(task) ? "bad" : "plain"));
}

function tookCell(task: LiveTask): Piece {
  const took = task.last?.durationMs;
  return piece(took === undefined ? "" : shortDuration(took), "dim");
}

function errorsCell(task: LiveTask, glyphs: Glyphs): Piece {
  if (task.errorCount === 0) return piece(glyphs.paused, "dim");
  return tone(task, piece(grouped(task.errorCount), "bad"));
}
