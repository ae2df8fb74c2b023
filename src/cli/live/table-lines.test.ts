import * as fc from "fast-check";
import { expect, test } from "vitest";
import { plainText } from "./plain-text.ts";
import { lineWidth, piece, type Line } from "./styled-line.ts";
import { tableLines, type Column } from "./table-lines.ts";

const textOf = (line: Line): string => line.map(({ text }) => text).join("");

function column(
  heading: string,
  importance: number,
  cells: readonly string[],
  more: Partial<Column> = {},
): Column {
  return { heading, importance, align: "left", cells: cells.map((text) => piece(text)), ...more };
}

function draw(columns: readonly Column[], width: number): readonly string[] {
  return tableLines(columns, { width, spacing: 1, ellipsis: "…" }).map(textOf);
}

const people = [
  column("name", 9, ["Ada Lovelace", "日本"], { least: 5 }),
  column("age", 5, ["36", "7"], { align: "right" }),
  column("town", 1, ["London", ""]),
  column("void", 8, ["", ""]),
];

test("[LIV-7] with room for all, columns stand under their headings", () => {
  expect(draw(people, 40)).toEqual([
    "name         age town  ",
    "Ada Lovelace  36 London",
    "日本           7       ",
  ]);
});

test("[LIV-7] the least important column goes first, then the name is cut", () => {
  expect(draw(people, 16)).toEqual(["name  age town  ", "Ada…   36 London", "日本    7       "]);
  expect(draw(people, 15)).toEqual(["name        age", "Ada Lovela…  36", "日本          7"]);
  expect(draw(people, 10)).toEqual(["name   age", "Ada L…  36", "日本     7"]);
  expect(draw(people, 8)).toEqual(["name    ", "Ada Lov…", "日本    "]);
});

test("[LIV-7] every line is equally wide and fits", () => {
  const cell = fc.string({ unit: "binary", maxLength: 20 }).map(plainText);
  const anyColumn = fc.record({
    heading: cell,
    importance: fc.nat(9),
    align: fc.constantFrom("left" as const, "right" as const),
    least: fc.nat(20),
    cells: fc.array(
      cell.map((text) => piece(text)),
      { minLength: 3, maxLength: 3 },
    ),
  });
  fc.assert(
    fc.property(fc.array(anyColumn, { maxLength: 6 }), fc.nat(60), fc.nat(3), (columns, width, spacing) => {
      const widths = tableLines(columns, { width, spacing, ellipsis: "…" }).map(lineWidth);
      expect(new Set(widths).size).toBe(1);
      expect(Math.max(...widths)).toBeLessThanOrEqual(width);
    }),
    { numRuns: 500 },
  );
});
