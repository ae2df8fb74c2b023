// One field of an expression as text, with its place: what the readers below parse, and how they complain.
import { CronError } from "./cron-error.ts";
import type { Leniency } from "./cron.ts";
import { allowedIn, type FieldSpec } from "./field.ts";

export interface FieldText {
  readonly spec: FieldSpec;
  readonly text: string;
  /** Which field of the expression, counted from 1. */
  readonly number: number;
  /** Where it starts in the expression, counted from 1. */
  readonly position: number;
  readonly expression: string;
  readonly allow: readonly Leniency[];
  readonly seed: string | undefined;
}

/** One item of the list in a field. */
export interface ItemText {
  readonly field: FieldText;
  readonly text: string;
  readonly position: number;
}

/** The items between commas; throws when one is empty. */
export function splitItems(field: FieldText): ItemText[] {
  let position = field.position;
  return field.text.split(",").map((text) => {
    const item: ItemText = { field, text, position };
    position += text.length + 1;
    if (text === "") {
      throw complain(item, `${field.spec.title} has an empty list item in field ${field.number}`);
    }
    return item;
  });
}

/** A number or a name as one value of the field; throws what is allowed. */
export function readValue(item: ItemText, text: string, offset: number = 0): number {
  const { spec, number } = item.field;
  const named = spec.names.indexOf(text.toLowerCase());
  const value = named >= 0 ? named + spec.first : /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= spec.first && value <= spec.last) return value;
  const said = text === "" ? "nothing" : JSON.stringify(text);
  throw complain(
    item,
    `${spec.title} must be ${allowedIn(spec)}, but field ${number} says ${said}`,
    text,
    offset,
  );
}

/** An error about the item, or about the part of it that starts at `offset`. */
export function complain(item: ItemText, reason: string, value: string = item.text, offset = 0): CronError {
  const position = item.position + offset;
  return new CronError(`${reason} (position ${position})`, {
    expression: item.field.expression,
    field: item.field.spec.field,
    position,
    value,
  });
}
