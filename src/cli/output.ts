// Where a command writes: plain lines, JSON, tables. Nothing from outside reaches a terminal without being made safe.
import type { Json } from "../base/json.ts";
import { plainText } from "./live/plain-text.ts";
import { paintLine, piece } from "./live/styled-line.ts";
import { tableLines, type Column } from "./live/table-lines.ts";
import { terminalAbilities } from "./live/terminal-abilities.ts";

export interface TableColumn {
  readonly heading: string;
  readonly align?: "right";
  /** Higher stays longer on a narrow terminal. Default 1. */
  readonly importance?: number;
  /** May be cut on a narrow terminal, down to this many cells. */
  readonly least?: number;
}

export interface Output {
  /** A line for people. */
  line(text: string): void;
  json(value: unknown): void;
  /** A line of JSON. */
  jsonLine(value: unknown): void;
  /** Text as it is, for what reads on. */
  verbatim(text: string): void;
  /** Says `empty` when there are no rows. */
  table(columns: readonly TableColumn[], rows: readonly (readonly string[])[], empty: string): void;
  /** Names and values under each other; those without a value are left out. */
  facts(facts: readonly (readonly [string, string | undefined])[]): void;
}

/** The part of `process.stdout` that is used. */
export interface OutputStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): boolean;
}

export function createOutput(
  stream: OutputStream,
  env: Readonly<Record<string, string | undefined>>,
  platform: string,
): Output {
  const terminal = stream.isTTY === true;
  const { color, unicode } = terminalAbilities(env, platform);
  const write = (text: string): void => void stream.write(`${text}\n`);
  const room = {
    width: terminal ? (stream.columns ?? 80) : Number.MAX_SAFE_INTEGER,
    spacing: 2,
    ellipsis: unicode ? "…" : "~",
  };
  return {
    line: (text) => write(plainText(text)),
    json: (value) => write(JSON.stringify(value, null, 2)),
    jsonLine: (value) => write(JSON.stringify(value)),
    verbatim: (text) => void stream.write(text),
    table(columns, rows, empty) {
      if (rows.length === 0) return write(empty);
      const sized = columns.map(({ heading, align, importance = 1, least }, index): Column => ({
        heading,
        align: align ?? "left",
        importance,
        ...(least === undefined ? {} : { least }),
        cells: rows.map((row) => piece(plainText(row[index] ?? ""))),
      }));
      for (const line of tableLines(sized, room)) write(paintLine(line, { color: terminal && color }));
    },
    facts(facts) {
      const shown = facts.filter(([, value]) => value !== undefined && value !== "");
      const width = Math.max(0, ...shown.map(([name]) => name.length));
      for (const [name, value = ""] of shown) write(`${name.padEnd(width)}  ${plainText(value)}`);
    },
  };
}

/** JSON as it is shown inside of a line. */
export function inline(value: Json | undefined): string | undefined {
  return value === undefined ? undefined : JSON.stringify(value);
}
