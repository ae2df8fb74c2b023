// Many rows as few values: a column of them is one array, written as PostgreSQL reads it. Ready-made text, because the
// driver would look at every value again.

export type Value = string | number | null | undefined;

/** `{1,2,NULL}`; times and counts, rounded where the column takes whole numbers only. */
export function wholeNumbers(values: readonly Value[]): string {
  return `{${values.map((value) => (typeof value === "number" ? whole(value) : "NULL")).join(",")}}`;
}

export function numbers(values: readonly Value[]): string {
  return `{${values.map((value) => value ?? "NULL").join(",")}}`;
}

/** Ids made by Escapement need no quotes, which is quicker on both sides. */
export function ids(values: readonly string[], prefix: string = ""): string {
  if (values.every((value) => plainId.test(value)))
    return values.length === 0 ? "{}" : `{${prefix}${values.join(`,${prefix}`)}}`;
  return texts(values.map((value) => prefix + value));
}

/** Begins with a digit, so that it cannot be read as NULL. */
const plainId = /^[0-9][0-9A-Za-z]*$/;

/** Any texts; null for no value. */
export function texts(values: readonly Value[]): string {
  return `{${values.map(quote).join(",")}}`;
}

/** The same, or null when every value is: a column that nobody uses costs nothing. */
export function textsOrNull(values: readonly Value[]): string | null {
  return values.every((value) => value === null || value === undefined) ? null : texts(values);
}

export type ColumnType = "text" | "bigint";

/** What is the same for all rows, or else the list. */
export function onceOrList(values: readonly Value[], type: ColumnType): readonly [once: Value, list: Value] {
  const [first] = values;
  if (values.every((value) => value === first))
    return [typeof first === "number" ? whole(first) : first, null];
  return [null, type === "text" ? texts(values) : wholeNumbers(values)];
}

/** JSON texts or ids as one text, apart by a character that neither holds: nothing has to be quoted. See `splitTexts`. */
export function joined(values: readonly string[]): string {
  return values.join(recordSeparator);
}

/** SQL: what `joined` put together, apart again. */
export function splitTexts(value: string): string {
  return `unnest(string_to_array(${value}, E'\\x1e'))`;
}

export const recordSeparator: string = "\u001E";

/** PostgreSQL keeps no character 0 in a text, and no half of a character. */
export function clean(value: string): string {
  const whole = value.toWellFormed();
  return whole.includes("\0") ? whole.replaceAll("\0", "\uFFFD") : whole;
}

const special = /["\\]/g;

function quote(value: Value): string {
  if (value === null || value === undefined) return "NULL";
  return `"${clean(String(value)).replaceAll(special, String.raw`\$&`)}"`;
}

/** What a bigint column holds; beyond it everything is equally far away. */
export function whole(value: number): number {
  const rounded = Math.round(value);
  return Math.min(Number.MAX_SAFE_INTEGER, Math.max(Number.MIN_SAFE_INTEGER, rounded));
}
