// The journal as text, for keeping and for people. The same events are the same bytes, whenever and wherever they are
// written down; one event is one line, whatever stands in it.
import type { EventFilter } from "../storage/journal.ts";
import type { Call, Trigger } from "../event/flow.ts";
import { toEvent, type Event } from "./event.ts";
import type { RecordSource } from "./record-source.ts";

export type ExportFormat = "jsonl" | "text";

/** What is left out of an export is said in its first line. */
export type ExportFilter = Pick<EventFilter, "kind" | "category" | "subject" | "actor" | "audited" | "q">;

export interface ExportRange extends ExportFilter {
  readonly format: ExportFormat;
  /** The first and the last number, both included. */
  readonly from: number;
  readonly to: number;
}

const pageSize = 1_000;
export const exportSchema = "escapement.journal/1";

/** Lines, each with its line feed: one that says what follows, then one for each event, oldest first. */
export async function* exportLines(
  source: RecordSource,
  range: ExportRange,
  signal?: AbortSignal,
): AsyncGenerator<string, void, undefined> {
  const { format, from, to, ...filter } = range;
  const wanted = Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
  const all = Object.keys(wanted).length === 0;
  const about = { schema: exportSchema, from, to, ...(all ? {} : { filter: wanted }) };
  const lineOf = format === "jsonl" ? jsonLine : textLine;
  yield format === "jsonl"
    ? `${JSON.stringify({ type: "journal", ...about })}\n`
    : `# journal ${from}–${to}${all ? "" : `, only ${JSON.stringify(wanted)}`}\n`;
  for (let after = from - 1; after < to;) {
    signal?.throwIfAborted();
    const page = await source.read({ ...wanted, after, before: to + 1, limit: pageSize });
    for (const record of page) yield lineOf(toEvent(record));
    const last = page.at(-1);
    if (last === undefined || page.length < pageSize) return;
    after = last.seq;
  }
}

/** Keys in the order of `toEvent`. */
function jsonLine(event: Event): string {
  return `${JSON.stringify(event)}\n`;
}

const triggers: Readonly<Record<Trigger, string>> = {
  direct: "DIR",
  stream: "STR",
  async: "ASY",
  hook: "HOK",
  timer: "TMR",
};
const calls: Readonly<Record<Call, string>> = {
  code: "CODE",
  query: "QRY",
  link: "LNK",
  effect: "EFF",
  moment: "MOM",
};

/** Number, time, trigger, call, duration, from → to, kind, subject and label, data, cause, actor. */
function textLine(event: Event): string {
  const { seq, at, trigger, call, durationMs, from, to, kind, subject, label, data, parent, actor } = event;
  const parts = [
    seq,
    at.toISOString(),
    triggers[trigger],
    calls[call],
    durationText(durationMs),
    `${from} → ${to}`,
    kind,
    subject,
    ...(label === undefined ? [] : [`“${label}”`]),
    ...(data === undefined ? [] : [JSON.stringify(data)]),
    ...(parent === undefined || parent === subject ? [] : [`because of ${parent}`]),
    `by ${actor}`,
  ];
  return `${parts.join("  ").replaceAll(/[\p{Cc}\u2028\u2029]/gu, escaped)}\n`;
}

function escaped(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** Cut off, never rounded up: 999.6 ms is not a second. */
export function durationText(durationMs: number | undefined): string {
  if (durationMs === undefined) return "?";
  if (durationMs < 1_000) return `${Math.floor(durationMs)}ms`;
  return `${(Math.floor(durationMs / 10) / 100).toFixed(2)}s`;
}
