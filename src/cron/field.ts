// The seven fields of an expression: their names, limits and the words they accept.
import { firstYear, lastYear, type CronField } from "./cron.ts";

export interface FieldSpec {
  readonly field: CronField;
  /** As an error says it. */
  readonly title: string;
  readonly first: number;
  readonly last: number;
  /** Three letters, lower case; the first stands for `first`. */
  readonly names: readonly string[];
}

export const secondField: FieldSpec = spec("second", "second", 0, 59);
export const minuteField: FieldSpec = spec("minute", "minute", 0, 59);
export const hourField: FieldSpec = spec("hour", "hour", 0, 23);
export const dayField: FieldSpec = spec("day", "day of month", 1, 31);
export const monthField: FieldSpec = spec(
  "month",
  "month",
  1,
  12,
  "jan feb mar apr may jun jul aug sep oct nov dec",
);
export const weekdayField: FieldSpec = spec("weekday", "weekday", 0, 7, "sun mon tue wed thu fri sat");
export const yearField: FieldSpec = spec("year", "year", firstYear, lastYear);

/** The order in which they are written when all seven are there. */
export const allFields: readonly FieldSpec[] = [
  secondField,
  minuteField,
  hourField,
  dayField,
  monthField,
  weekdayField,
  yearField,
];

/** How many different values there are: 0 and 7 are one weekday. */
export function sizeOf(field: FieldSpec): number {
  return field.field === "weekday" ? 7 : field.last - field.first + 1;
}

/** `0–59`, `1–12 or JAN–DEC`. */
export function allowedIn(field: FieldSpec): string {
  const [from, to] = [field.names[0], field.names.at(-1)];
  const names = from === undefined || to === undefined ? "" : ` or ${from.toUpperCase()}–${to.toUpperCase()}`;
  return `${field.first}–${field.last}${names}`;
}

function spec(field: CronField, title: string, first: number, last: number, names = ""): FieldSpec {
  return { field, title, first, last, names: names === "" ? [] : names.split(" ") };
}
