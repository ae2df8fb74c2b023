// A table as lines: every column as wide as its widest cell, and when that is too much, columns give way in the
// order of their importance before any of them is cut. Pure.
import { cutText, textWidth } from "./text-width.ts";
import { gap, piece, type Line, type Piece } from "./styled-line.ts";

export interface Column {
  readonly heading: string;
  readonly align: "left" | "right";
  /** Higher stays longer. */
  readonly importance: number;
  /** It may be cut down to this; a column without it is shown whole or not at all. */
  readonly least?: number;
  readonly cells: readonly Piece[];
}

export interface TableRoom {
  readonly width: number;
  /** Cells between two columns. */
  readonly spacing: number;
  readonly ellipsis: string;
}

interface SizedColumn extends Column {
  readonly size: number;
}

/** The heading line, titled by its first column, then one line per row. Columns in which nothing stands are left out. */
export function tableLines(columns: readonly Column[], room: TableRoom): readonly Line[] {
  const filled = columns.filter(({ cells }) => cells.some(({ text }) => text !== ""));
  const sized = sizeColumns(filled, room);
  const rows = Math.max(0, ...columns.map(({ cells }) => cells.length));
  const heading = joinCells(
    sized.map((column, index) =>
      alignCell(piece(column.heading, index === 0 ? "strong" : "dim"), column, room),
    ),
    room,
  );
  const body = Array.from({ length: rows }, (_, row) =>
    joinCells(
      sized.map((column) => alignCell(column.cells[row] ?? piece(""), column, room)),
      room,
    ),
  );
  return [heading, ...body];
}

/** Drops the least important columns until the rest fits with its least sizes, then hands out what is left. */
function sizeColumns(columns: readonly Column[], room: TableRoom): readonly SizedColumn[] {
  const least = columns.map((column) =>
    Math.min(naturalSize(column), column.least ?? Number.POSITIVE_INFINITY),
  );
  const needed = least.reduce((sum, size) => sum + size, 0) + room.spacing * Math.max(0, columns.length - 1);
  if (needed > room.width && columns.length > 1) {
    const victim = columns.reduce((a, b) => (b.importance < a.importance ? b : a));
    return sizeColumns(
      columns.filter((column) => column !== victim),
      room,
    );
  }
  let left = Math.max(0, room.width - needed);
  // The more important column grows first; ties go to the left one.
  const grown = new Map<Column, number>();
  for (const column of columns.toSorted((a, b) => b.importance - a.importance)) {
    const size = Math.min(least[columns.indexOf(column)] ?? 0, room.width);
    const more = Math.min(left, naturalSize(column) - size);
    grown.set(column, size + Math.max(0, more));
    left -= Math.max(0, more);
  }
  return columns.map((column) => ({ ...column, size: grown.get(column) ?? 0 }));
}

function naturalSize(column: Column): number {
  return Math.max(textWidth(column.heading), ...column.cells.map(({ text }) => textWidth(text)));
}

function alignCell(cell: Piece, column: SizedColumn, room: TableRoom): Line {
  const text = cutText(cell.text, column.size, room.ellipsis);
  const space = gap(column.size - textWidth(text));
  const shown = piece(text, cell.style);
  return column.align === "right" ? [space, shown] : [shown, space];
}

function joinCells(cells: readonly Line[], room: TableRoom): Line {
  return cells.flatMap((cell, index) => (index === 0 ? cell : [gap(room.spacing), ...cell]));
}
