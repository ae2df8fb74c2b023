// Numbers as little bars, in eighths of a cell: one row high for a sparkline, several for a chart. Pure.

export interface BarScale {
  readonly width: number;
  readonly rows: number;
  /** What fills the height; larger values raise it. */
  readonly fullScale: number;
}

/** One cell: how many eighths of it are filled, or null where there is no value. */
export type Cell = number | null;

/**
 * Rows from top to bottom, each exactly `width` cells; the newest value is at the right edge.
 * A value above zero shows as one eighth at least, so that little is never taken for nothing; the highest stays
 * one eighth below the edge, so that bars in lines under each other do not run together.
 */
export function barRows(values: readonly (number | null)[], scale: BarScale): readonly (readonly Cell[])[] {
  const recent = scale.width > 0 ? values.slice(-scale.width) : [];
  const missing = Array.from({ length: scale.width - recent.length }, () => null);
  const heights = [...missing, ...toEighths(recent, scale)];
  return Array.from({ length: scale.rows }, (_, index) => {
    const below = (scale.rows - 1 - index) * 8;
    return heights.map((height) => cellOf(height, below));
  });
}

function toEighths(values: readonly (number | null)[], scale: BarScale): readonly Cell[] {
  const finite = values.filter((value) => value !== null && Number.isFinite(value));
  const top = Math.max(scale.fullScale, ...finite.map(Number));
  return values.map((value) => {
    if (value === null || !Number.isFinite(value)) return null;
    if (value <= 0 || top <= 0) return 0;
    return Math.max(1, Math.round((value / top) * (scale.rows * 8 - 1)));
  });
}

/** Only the lowest row shows a value of zero; higher up it is nothing to be seen. */
function cellOf(height: Cell, below: number): Cell {
  if (height === null) return null;
  if (below > 0 && height <= below) return null;
  return Math.min(8, height - below);
}
