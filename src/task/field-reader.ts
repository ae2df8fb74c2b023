// Small checks for the fields of one object: each gives the field as it is kept, or nothing plus an issue
// that names the value and what is allowed. Results are objects to spread, so that an absent field stays absent.
import type { Instant } from "../base/clock.ts";
import { parseDuration } from "../base/duration.ts";
import type { Issue } from "../base/errors.ts";
import { parseInstant } from "../base/instant.ts";
import { hint } from "../base/options.ts";
import { isPlain } from "../base/plain-text.ts";
import { show } from "../base/quote.ts";
import { decodeJson, encodeJson, type Json } from "../base/json.ts";

type Field<Name extends string, Value> = { readonly [Key in Name]?: Value };

export interface WholeRange {
  readonly min: number;
  readonly max?: number;
}

export class FieldReader {
  readonly issues: Issue[];
  readonly #source: Readonly<Record<string, unknown>>;
  readonly #prefix: string;

  /** A reader of an object inside another one reports to the issues of the outer, under its own prefix. */
  constructor(source: Readonly<Record<string, unknown>>, issues: Issue[] = [], prefix = "") {
    this.issues = issues;
    this.#source = source;
    this.#prefix = prefix;
  }

  has(name: string): boolean {
    return this.#source[name] !== undefined;
  }

  report(name: string, message: string): void {
    this.issues.push({ field: this.#prefix + name, message });
  }

  /** Says which fields there are when one of another name was given. */
  onlyKnown(offered: readonly string[], ignored: readonly string[] = []): void {
    for (const name of Object.keys(this.#source)) {
      if (!this.has(name) || offered.includes(name) || ignored.includes(name)) continue;
      this.report(name, `There is no field ${show(name)}; ${hint(name, offered, "fields")}`);
    }
  }

  text<Name extends string>(name: Name, longest = 1_000): Field<Name, string> {
    const read = (value: unknown): string | undefined =>
      typeof value === "string" && value.trim() !== "" && value.length <= longest && isPlain(value)
        ? value
        : undefined;
    return this.#read(name, read, `text of 1 to ${longest} characters on one line`);
  }

  texts<Name extends string>(name: Name): Field<Name, readonly string[]> {
    const read = (value: unknown): readonly string[] | undefined =>
      Array.isArray(value) && value.every((item) => typeof item === "string" && item.trim() !== "")
        ? [...value]
        : undefined;
    return this.#read(name, read, "a list of texts, none of them empty or longer than a line");
  }

  flag<Name extends string>(name: Name): Field<Name, boolean> {
    const read = (value: unknown): boolean | undefined => (typeof value === "boolean" ? value : undefined);
    return this.#read(name, read, "true or false");
  }

  choice<Name extends string, Choice extends string>(
    name: Name,
    choices: readonly Choice[],
  ): Field<Name, Choice> {
    const read = (value: unknown): Choice | undefined => choices.find((choice) => choice === value);
    return this.#read(name, read, `one of ${choices.map(show).join(", ")}`);
  }

  whole<Name extends string>(name: Name, range: WholeRange): Field<Name, number> {
    const max = range.max ?? Number.MAX_SAFE_INTEGER;
    const read = (value: unknown): number | undefined =>
      typeof value === "number" && Number.isInteger(value) && value >= range.min && value <= max
        ? value
        : undefined;
    const upTo = range.max === undefined ? "or more" : `to ${range.max}`;
    return this.#read(name, read, `a whole number, ${range.min} ${upTo}`);
  }

  atLeast<Name extends string>(name: Name, min: number): Field<Name, number> {
    const read = (value: unknown): number | undefined =>
      typeof value === "number" && Number.isFinite(value) && value >= min ? value : undefined;
    return this.#read(name, read, `a number, ${min} or more`);
  }

  /** In milliseconds, rounded to a whole number. */
  duration<Name extends string>(name: Name, minMs = 0): Field<Name, number> {
    const read = (value: unknown): number | undefined => {
      const ms = wholeMs(value);
      return ms !== undefined && ms >= minMs ? ms : undefined;
    };
    const least = minMs === 0 ? "" : `, at least ${minMs} ms`;
    return this.#read(name, read, `milliseconds as a number, or text like "30s", "5m", "2h" or "1d"${least}`);
  }

  instant<Name extends string>(name: Name): Field<Name, Instant> {
    return this.#read(name, instantIn, `a Date, milliseconds since 1970, or ISO 8601 text`);
  }

  /** Text as it is; a number or a Date in the text that says the same. */
  scheduleText<Name extends string>(name: Name): Field<Name, string> {
    const read = (value: unknown): string | undefined => {
      if (typeof value === "number" && Number.isFinite(value)) return String(value);
      if (isDate(value)) return Number.isNaN(value.getTime()) ? undefined : value.toISOString();
      return typeof value === "string" && value.trim() !== "" && value.length <= 1_000
        ? value.trim()
        : undefined;
    };
    return this.#read(name, read, "a cron expression, an interval or an instant, as text");
  }

  json<Name extends string>(name: Name, limitBytes?: number): Field<Name, Json> {
    if (!this.has(name)) return {};
    try {
      return field(name, decodeJson(encodeJson(this.#source[name], limitBytes)));
    } catch (error) {
      this.report(name, error instanceof Error ? error.message : String(error));
      return {};
    }
  }

  /** The fields of an object inside this one; its issues are reported here, under its name. */
  inside(name: string): FieldReader | undefined {
    const value = this.#source[name];
    if (value === undefined) return undefined;
    if (isRecord(value)) return new FieldReader(value, this.issues, `${this.#prefix}${name}.`);
    this.report(name, `${show(value)} is not allowed: write an object.`);
    return undefined;
  }

  #read<Name extends string, Value>(
    name: Name,
    read: (value: unknown) => Value | undefined,
    allowed: string,
  ): Field<Name, Value> {
    const given = this.#source[name];
    if (given === undefined) return {};
    const value = read(given);
    if (value !== undefined) return field(name, value);
    this.report(name, `${show(given)} is not allowed: write ${allowed}.`);
    return {};
  }
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A computed key would lose its name in the type system. */
function field<Name extends string, Value>(name: Name, value: Value): Field<Name, Value> {
  const only: { [Key in Name]?: Value } = {};
  only[name] = value;
  return only;
}

function wholeMs(value: unknown): number | undefined {
  if (typeof value !== "number" && typeof value !== "string") return undefined;
  try {
    return Math.round(parseDuration(value));
  } catch {
    return undefined;
  }
}

function isDate(value: unknown): value is Date {
  return Object.prototype.toString.call(value) === "[object Date]";
}

function instantIn(value: unknown): Instant | undefined {
  if (typeof value !== "number" && typeof value !== "string" && !isDate(value)) return undefined;
  try {
    return parseInstant(value);
  } catch {
    return undefined;
  }
}
