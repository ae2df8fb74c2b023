// Reads the text of a cron expression into a `Cron`: splits it into fields, knows the macros, puts the masks together.
// Strict unless `allow` says otherwise; every refusal is a `CronError` that says where.
import { maskOf, sixtyOf } from "./bits.ts";
import { CronError } from "./cron-error.ts";
import type { Cron, DayMatch, Leniency } from "./cron.ts";
import { foldDays } from "./day-masks.ts";
import type { FieldText } from "./field-text.ts";
import {
  allFields,
  dayField,
  hourField,
  minuteField,
  monthField,
  secondField,
  weekdayField,
  yearField,
  type FieldSpec,
} from "./field.ts";
import { parseDay, parseWeekday } from "./parse-days.ts";
import { parseField } from "./parse-field.ts";

export interface ParseOptions {
  /** When both day fields are restricted: either one (default), or both. */
  readonly dayMatch?: DayMatch;
  readonly allow?: readonly Leniency[];
  /** What `H` hashes; a task passes its id. */
  readonly seed?: string;
}

const macros: ReadonlyMap<string, string> = new Map([
  ["@yearly", "0 0 1 1 *"],
  ["@annually", "0 0 1 1 *"],
  ["@monthly", "0 0 1 * *"],
  ["@weekly", "0 0 * * 0"],
  ["@daily", "0 0 * * *"],
  ["@midnight", "0 0 * * *"],
  ["@hourly", "0 * * * *"],
]);

/** 5 fields, 6 (seconds first) or 7 (year last), or a macro; throws `CronError`. */
export function parseCron(text: string, options: ParseOptions = {}): Cron {
  const fields = splitFields(text, options);
  const { dayMatch = "or" } = options;
  const second = fields.get(secondField);
  const year = fields.get(yearField);
  const days = Object.freeze({
    ...parseDay(need(fields, dayField)),
    ...parseWeekday(need(fields, weekdayField)),
  });
  const timeFields = [second, need(fields, minuteField), need(fields, hourField)];
  return Object.freeze({
    text: text.trim(),
    dayMatch,
    fixed: timeFields.every((field) => field === undefined || !field.text.startsWith("*")),
    seconds: sixtyOf(second === undefined ? [0] : parseField(second)),
    minutes: sixtyOf(parseField(need(fields, minuteField))),
    hours: maskOf(parseField(need(fields, hourField))),
    months: maskOf(parseField(need(fields, monthField)), 1),
    years: year === undefined || year.text === "*" ? undefined : Object.freeze(parseField(year)),
    days,
    dayMasks: foldDays(days, dayMatch),
  });
}

type Fields = ReadonlyMap<FieldSpec, FieldText>;

function splitFields(expression: string, options: ParseOptions): Fields {
  if (typeof expression !== "string") throw refuse(String(expression), "an expression is text", 1);
  const words = [...(expandMacro(expression) ?? expression).matchAll(/\S+/g)];
  const specs = words.length === 5 ? allFields.slice(1, 6) : allFields.slice(0, words.length);
  if (words.length < 5 || words.length > 7) {
    const found = words.length === 1 ? "1 field" : `${words.length} fields`;
    throw refuse(
      expression,
      `it has ${found}; write 5 (minute hour day month weekday), 6 (second first) or 7 (year last)`,
      1,
    );
  }
  const { allow = [], seed } = options;
  return new Map(
    specs.map((spec, index) => {
      const word = words[index];
      const field = { spec, text: word?.[0] ?? "", number: index + 1, position: (word?.index ?? 0) + 1 };
      return [spec, { ...field, expression, allow, seed }];
    }),
  );
}

/** The fields that a macro stands for; `undefined` when the text is none. */
function expandMacro(expression: string): string | undefined {
  const word = expression.trim();
  if (!word.startsWith("@")) return undefined;
  const expanded = macros.get(word.toLowerCase());
  if (expanded !== undefined) return expanded;
  const known = [...macros.keys()].join(" ");
  throw refuse(
    expression,
    `there is no macro ${JSON.stringify(word)}; the macros are ${known}`,
    expression.indexOf("@") + 1,
  );
}

function refuse(expression: string, reason: string, position: number): CronError {
  return new CronError(reason, { expression, field: "expression", position, value: expression });
}

function need(fields: Fields, spec: FieldSpec): FieldText {
  const field = fields.get(spec);
  if (field === undefined) throw new Error(`The field ${spec.field} was not split off.`);
  return field;
}
