// The few signs of the view, for terminals with Unicode and for those without. Each is one cell wide.

export interface Glyphs {
  readonly ellipsis: string;
  readonly separator: string;
  readonly succeeded: string;
  readonly failed: string;
  readonly running: string;
  readonly paused: string;
  readonly idle: string;
  readonly alarm: string;
  /** The hand of the clock in the corner: one step a second. */
  readonly hands: readonly string[];
  /** From nothing to a full cell, in nine steps. */
  readonly bars: readonly string[];
}

export const unicodeGlyphs: Glyphs = {
  ellipsis: "…",
  separator: "·",
  succeeded: "✓",
  failed: "✗",
  running: "▸",
  paused: "–",
  idle: "·",
  alarm: "■",
  hands: ["◴", "◷", "◶", "◵"],
  bars: ["▁", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
};

export const asciiGlyphs: Glyphs = {
  ellipsis: "~",
  separator: "-",
  succeeded: "+",
  failed: "x",
  running: ">",
  paused: "-",
  idle: ".",
  alarm: "#",
  hands: ["|", "/", "-", "\\"],
  bars: ["_", ".", ".", ":", ":", "|", "|", "#", "#"],
};
