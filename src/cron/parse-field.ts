// Reads what every field understands: values, names, ranges, steps, lists and H.
// The forms that only the day fields know are in parse-days.ts.
import { hash32 } from "../base/hash.ts";
import { complain, readValue, splitItems, type FieldText, type ItemText } from "./field-text.ts";
import { sizeOf, type FieldSpec } from "./field.ts";

/** The values of a field, ascending, each once. */
export function parseField(field: FieldText): number[] {
  return sortValues(splitItems(field).flatMap(parseItem));
}

function sortValues(values: readonly number[]): number[] {
  return [...new Set(values)].toSorted((a, b) => a - b);
}

/** The values of one item, in the order in which they are meant; 7 has become 0 in the weekday field. */
export function parseItem(item: ItemText): number[] {
  const values = readItem(item);
  return item.field.spec.field === "weekday" ? values.map((value) => value % 7) : values;
}

function readItem(item: ItemText): number[] {
  const { spec } = item.field;
  const slash = item.text.indexOf("/");
  const base = slash < 0 ? item.text : item.text.slice(0, slash);
  const step = slash < 0 ? undefined : readStep(item, slash + 1);
  if (base === "*") return stepped(spec.first, lastOf(spec), step ?? 1);
  if (/^h(\(|$)/i.test(base)) return readHashed(item, base, step);
  const dash = base.indexOf("-");
  if (dash >= 0) return readRange(item, base, dash, step ?? 1);
  const value = readValue(item, base);
  if (step === undefined) return [value];
  if (item.field.allow.includes("open step")) return stepped(startOf(spec, value), lastOf(spec), step);
  throw complain(
    item,
    `${spec.title} says "${item.text}", a step without a range: write "${base}-${lastOf(spec)}/${step}", or allow "open step"`,
  );
}

function readStep(item: ItemText, offset: number): number {
  const { spec, number } = item.field;
  const text = item.text.slice(offset);
  const step = /^\d+$/.test(text) ? Number(text) : 0;
  if (step >= 1 && step <= sizeOf(spec)) return step;
  throw complain(
    item,
    `the step of ${spec.title} must be 1–${sizeOf(spec)}, but field ${number} says ${text === "" ? "nothing" : JSON.stringify(text)}`,
    text,
    offset,
  );
}

function readRange(item: ItemText, base: string, dash: number, step: number): number[] {
  const { spec, allow } = item.field;
  const from = readValue(item, base.slice(0, dash));
  const to = readValue(item, base.slice(dash + 1), dash + 1);
  if (from <= to) return stepped(from, to, step);
  if (spec.field === "year" || !allow.includes("wrapped range")) {
    throw complain(
      item,
      `${spec.title} says "${base}", a range that runs backwards${spec.field === "year" ? "" : `: write it as a list of two ranges, or allow "wrapped range"`}`,
    );
  }
  const size = sizeOf(spec);
  return stepped(from, to + size, step).map((value) => ((value - spec.first) % size) + spec.first);
}

/** `H`, `H(a-b)`, each with or without a step: a place that the seed decides, so that many tasks spread. */
function readHashed(item: ItemText, base: string, step: number | undefined): number[] {
  const { spec, seed } = item.field;
  if (spec.field === "year") throw complain(item, "year cannot be hashed: write the years");
  const [from, to] = base.length === 1 ? hashedRange(spec) : readHashedRange(item, base);
  if (seed === undefined) {
    throw complain(
      item,
      `${spec.title} says "${item.text}", and H needs a seed to hash: pass { seed }, for example the id of the task`,
    );
  }
  // Each field has its own hash, or every task at minute 7 would be at hour 7 too.
  const hash = hash32(`${spec.field} of ${seed}`);
  const size = to - from + 1;
  if (step === undefined) return [from + (hash % size)];
  return stepped(from + (hash % Math.min(step, size)), to, step);
}

function readHashedRange(item: ItemText, base: string): readonly [number, number] {
  const range = /^h\(([^-]*)-([^-]*)\)$/i.exec(base);
  if (range === null) {
    throw complain(
      item,
      `${item.field.spec.title} says ${JSON.stringify(base)}: write H, H(a-b), H/n or H(a-b)/n`,
    );
  }
  const [, fromText = "", toText = ""] = range;
  const from = readValue(item, fromText, 2);
  const to = readValue(item, toText, 3 + fromText.length);
  if (from <= to) return [from, to];
  throw complain(item, `${item.field.spec.title} says "${base}", a range that runs backwards`);
}

/** Days 29 to 31 are not in every month, so a bare H leaves them out. */
function hashedRange(spec: FieldSpec): readonly [number, number] {
  return spec.field === "day" ? [1, 28] : [spec.first, lastOf(spec)];
}

/** 7 is only another way to write Sunday, the first of the week. */
function lastOf(spec: FieldSpec): number {
  return spec.field === "weekday" ? 6 : spec.last;
}

function startOf(spec: FieldSpec, value: number): number {
  return spec.field === "weekday" && value === spec.last ? 0 : value;
}

function stepped(from: number, to: number, step: number): number[] {
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => from + index * step);
}
