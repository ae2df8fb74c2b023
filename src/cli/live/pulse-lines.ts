// How much is going on: runs per second, how many runs stand where, and the samples of the host. Pure.
// Three shapes of the same facts: one line, a stack of lines, or two panels side by side.
import type { Canvas } from "./canvas.ts";
import type { LiveSample, LiveView } from "./live-view.ts";
import { plainText } from "./plain-text.ts";
import { grouped, shortAmount, shortNumber } from "./short-amounts.ts";
import { barRows, type Cell } from "./sparkline.ts";
import {
  cutLine,
  fitLine,
  gap,
  lineWidth,
  piece,
  spreadLine,
  type Line,
  type Piece,
  type Style,
} from "./styled-line.ts";
import { textWidth } from "./text-width.ts";

/** Below this rate bars stay low: a run every few seconds is no mountain. */
const quietRate = 2;
const panelGap = 5;
/** Fewer bars than this say nothing. */
const leastBars = 6;

/** The smallest: the rate as a sparkline, then the counts. */
export function pulseLine(view: LiveView, canvas: Canvas): Line {
  const rate = [piece(`${shortNumber(view.runsPerSecond.at(-1) ?? 0)}/s`), gap(1)];
  const counts = countsLine(view, canvas.width - lineWidth(rate) - leastBars - 2);
  const width = Math.min(32, canvas.width - lineWidth(rate) - lineWidth(counts) - 2);
  const bars = width < leastBars ? [] : [...rateBars(view, { rows: 1, width }, canvas).flat(), gap(1)];
  return [...rate, ...bars, gap(1), ...counts];
}

/** One line for the rate, one for each sample, one for the counts. */
export function pulseStack(view: LiveView, canvas: Canvas): readonly Line[] {
  const rate: Entry = {
    label: "runs",
    value: `${shortNumber(view.runsPerSecond.at(-1) ?? 0)} /s`,
    bars: (area) => rateBars(view, area, canvas),
  };
  const entries = [rate, ...view.samples.map((sample) => sampleEntry(sample, canvas))];
  return [...entryLines(entries, 1, canvas), countsLine(view, canvas.width)];
}

/** Left a chart of the rate with the counts under it, right the host. */
export function pulsePanels(view: LiveView, rows: number, canvas: Canvas): readonly Line[] {
  const leftWidth = Math.floor((canvas.width - panelGap) * 0.55);
  const rightWidth = canvas.width - panelGap - leftWidth;
  const left = ratePanel(view, rows, { ...canvas, width: leftWidth });
  const entries = view.samples.map((sample) => sampleEntry(sample, canvas));
  const height = rows > entries.length * 2 ? 2 : 1;
  const host = entryLines(entries, height, { ...canvas, width: rightWidth });
  const right = [[piece("host", "strong")], ...host];
  return Array.from({ length: rows }, (_, row) => [
    ...fitLine(left[row] ?? [], leftWidth, canvas.glyphs.ellipsis),
    gap(panelGap),
    ...cutLine(right[row] ?? [], rightWidth, canvas.glyphs.ellipsis),
  ]);
}

function ratePanel(view: LiveView, rows: number, canvas: Canvas): readonly Line[] {
  const now = view.runsPerSecond.at(-1) ?? 0;
  const peak = Math.max(0, ...view.runsPerSecond.slice(-canvas.width));
  const heading = spreadLine(
    [piece("runs per second", "strong"), gap(2), piece(shortNumber(now), "accent")],
    [piece(`peak ${shortNumber(peak)}`, "dim")],
    canvas.width,
  );
  const space: readonly Line[] = rows >= 7 ? [[]] : [];
  const height = rows - 2 - space.length;
  const bars = rateBars(view, { rows: height, width: canvas.width }, canvas);
  return [heading, ...bars, ...space, countsLine(view, canvas.width)];
}

function rateBars(view: LiveView, area: Area, canvas: Canvas): readonly Line[] {
  return barLines(view.runsPerSecond, { ...area, fullScale: quietRate }, canvas);
}

/** As far apart as there is room for; where there is none, the past goes first. */
function countsLine(view: LiveView, width: number): Line {
  const { waiting, running, succeeded, failed } = view.counts;
  const count = (value: number, word: string, style: Style): Line => [
    piece(grouped(value), value === 0 ? "dim" : style),
    piece(` ${word}`, "dim"),
  ];
  const present = [
    count(waiting, "waiting", "plain"),
    count(running, "running", "accent"),
    count(failed, "failed", "bad"),
  ];
  const all = [...present, count(succeeded, "succeeded", "plain")];
  const choices = [join(all, 3), join(all, 2), join(all, 1), join(present, 2), join(present, 1)];
  return choices.find((line) => lineWidth(line) <= width) ?? join(present, 1);
}

function join(parts: readonly Line[], spacing: number): Line {
  return parts.flatMap((part, index) => (index === 0 ? part : [gap(spacing), ...part]));
}

interface Entry {
  readonly label: string;
  readonly value: string;
  readonly bars: (area: Area) => readonly Line[];
}

function sampleEntry(sample: LiveSample, canvas: Canvas): Entry {
  const fullScale = sample.fullScale ?? (sample.unit === "%" ? 100 : 0);
  return {
    label: plainText(sample.label),
    value: sample.latest === null ? canvas.glyphs.paused : shortAmount(sample.latest, plainText(sample.unit)),
    bars: (area) => barLines(sample.values, { ...area, fullScale }, canvas),
  };
}

/** Labels, values and bars, each under each. Higher bars reach above their label. */
function entryLines(entries: readonly Entry[], height: number, canvas: Canvas): readonly Line[] {
  const labels = Math.max(0, ...entries.map(({ label }) => textWidth(label)));
  const values = Math.max(8, ...entries.map(({ value }) => textWidth(value)));
  const width = Math.max(0, canvas.width - labels - values - 4);
  return entries.flatMap(({ label, value, bars }) => {
    const blank: Line = [gap(labels + values + 4)];
    const words = [
      piece(label, "dim"),
      gap(labels - textWidth(label) + 2 + values - textWidth(value)),
      piece(value),
      gap(2),
    ];
    const lines = bars({ rows: height, width });
    return lines.map((line, row) => (row === height - 1 ? words : blank).concat(line));
  });
}

interface Area {
  readonly rows: number;
  readonly width: number;
}

function barLines(
  values: readonly (number | null)[],
  area: Area & { readonly fullScale: number },
  canvas: Canvas,
): readonly Line[] {
  const newest = area.width - 1;
  return barRows(values, area).map((cells) =>
    cells.map((cell, column) => barPiece(cell, column === newest ? "accent" : "shade", canvas)),
  );
}

/** What was is shaded, what is stands out; nothing is dim, so that a quiet line is quiet. */
function barPiece(cell: Cell, style: Style, canvas: Canvas): Piece {
  return cell === null ? gap(1) : piece(canvas.glyphs.bars[cell] ?? "", cell === 0 ? "dim" : style);
}
