// Reads the two day fields: everything of parse-field.ts, and ? L W #.
import { maskOf } from "./bits.ts";
import type { DayRule } from "./cron.ts";
import { complain, readValue, splitItems, type FieldText, type ItemText } from "./field-text.ts";
import { parseItem } from "./parse-field.ts";

type DayPart = Pick<DayRule, "dayOpen" | "daysOfMonth" | "fromEnd" | "nearest" | "nearestFromEnd">;
type WeekdayPart = Pick<DayRule, "weekdayOpen" | "weekdays" | "nthWeekdays" | "lastWeekdays">;

const everyDay = 0x7fff_ffff;
const everyWeekday = 0x7f;

export function parseDay(field: FieldText): DayPart {
  const part = { dayOpen: isOpen(field), daysOfMonth: 0, fromEnd: 0, nearest: 0, nearestFromEnd: 0 };
  if (part.dayOpen) return { ...part, daysOfMonth: everyDay };
  for (const item of splitItems(field)) {
    refuseQuestion(item);
    const last = /^l(?:-(\d+))?(w)?$/i.exec(item.text);
    const nearest = /^(.*)w$/i.exec(item.text);
    if (last !== null) {
      const bit = 1 << readFromEnd(item, last[1]);
      if (last[2] === undefined) part.fromEnd |= bit;
      else part.nearestFromEnd |= bit;
    } else if (nearest !== null) {
      part.nearest |= 1 << (readNearest(item, nearest[1] ?? "") - 1);
    } else {
      part.daysOfMonth |= maskOf(parseItem(item), 1);
    }
  }
  return part;
}

export function parseWeekday(field: FieldText): WeekdayPart {
  const nth = [0, 0, 0, 0, 0];
  const part = { weekdayOpen: isOpen(field), weekdays: 0, lastWeekdays: 0 };
  if (part.weekdayOpen) part.weekdays = everyWeekday;
  for (const item of part.weekdayOpen ? [] : splitItems(field)) {
    refuseQuestion(item);
    const hash = item.text.indexOf("#");
    const last = /^([^-/#]*)l$/i.exec(item.text);
    if (hash >= 0) {
      const bit = 1 << (readValue(item, item.text.slice(0, hash)) % 7);
      const which = readNth(item, hash + 1);
      if (which === "last") part.lastWeekdays |= bit;
      else nth[which - 1] = (nth[which - 1] ?? 0) | bit;
    } else if (last !== null) {
      part.lastWeekdays |= 1 << readLastWeekday(item, last[1] ?? "");
    } else {
      part.weekdays |= maskOf(parseItem(item));
    }
  }
  return { ...part, nthWeekdays: Object.freeze(nth) };
}

function isOpen(field: FieldText): boolean {
  return field.text === "*" || field.text === "?";
}

function refuseQuestion(item: ItemText): void {
  if (!item.text.includes("?")) return;
  throw complain(
    item,
    `${item.field.spec.title} says ${JSON.stringify(item.field.text)}: "?" must stand alone`,
  );
}

function readFromEnd(item: ItemText, text: string | undefined): number {
  const days = text === undefined ? 0 : Number(text);
  if (days <= 30) return days;
  throw complain(item, `day of month says "${item.text}": at most 30 days before the last, "L-30"`, text, 2);
}

function readNearest(item: ItemText, text: string): number {
  if (/^\d+$/.test(text)) return readValue(item, text);
  throw complain(item, `day of month says "${item.text}": W goes with one day, like "15W", "LW" or "L-3W"`);
}

function readLastWeekday(item: ItemText, text: string): number {
  if (text !== "") return readValue(item, text) % 7;
  throw complain(
    item,
    `weekday says "${item.text}": write which weekday is to be the last of the month, like "5L" or "FRI#L"`,
  );
}

function readNth(item: ItemText, offset: number): number | "last" {
  const text = item.text.slice(offset);
  if (text.toLowerCase() === "l") return "last";
  if (/^[1-5]$/.test(text)) return Number(text);
  throw complain(item, `weekday says "${item.text}": after "#" comes 1–5, or L for the last`, text, offset);
}
