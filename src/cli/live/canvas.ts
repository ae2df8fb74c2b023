// What every section needs to know of the place it is drawn on.
import type { Glyphs } from "./glyphs.ts";

export interface Canvas {
  /** Cells of a line, margins already taken off. */
  readonly width: number;
  readonly glyphs: Glyphs;
}
