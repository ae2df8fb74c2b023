// What a record is filtered by: its namespace, and each plain value in its metadata, as short marks that stand in the
// index among its terms. So a filter is a part of the search itself and never thins out what was found before.
import { hash } from "node:crypto";
import { EscapementError } from "../base/errors.ts";
import { canonicalJson, type Json } from "../base/json.ts";

export type Metadata = Readonly<Record<string, Json>>;

/** Begins a mark; no term of a text holds this character. */
const live = "\u00B7";
const forgotten = "\u00D7";
const digits = 24;
const rememberedMarks = 10_000;
const longestRemembered = 300;

/** Metadata as it is kept, and its marks. */
export interface DescribedMetadata {
  /** Canonical JSON text; absent for `{}`. */
  readonly text?: string;
  readonly marks: readonly string[];
}

/** Makes marks; remembers those that come again and again. */
export class Facets {
  readonly #known = new Map<string, string>();
  readonly #described = new Map<string, DescribedMetadata>();

  /** Metadata given as the JSON text of an object: a mark for every text, number, truth or null, also inside a list. */
  describe(json: string): DescribedMetadata {
    const known = this.#described.get(json);
    if (known !== undefined) return known;
    const metadata: Metadata = JSON.parse(json);
    const marks = Object.entries(metadata).flatMap(([key, value]) =>
      Array.from(new Set(isList(value) ? value.map(asPlain) : [asPlain(value)]), (one) =>
        one === undefined ? [] : [this.#mark(`m${JSON.stringify(key)}:${one}`)],
      ).flat(),
    );
    const text = canonicalJson(metadata);
    const described = text === "{}" ? { marks } : { text, marks };
    if (this.#described.size >= rememberedMarks) this.#described.clear();
    if (json.length <= longestRemembered) this.#described.set(json, described);
    return described;
  }

  namespace(namespace: string): string {
    return this.#mark(`n${namespace}`);
  }

  /** The marks that a record must have: each value equal to the one asked for, or a list that holds all of them. */
  filter(namespace: string | undefined, where: Metadata = {}): string[] {
    const marks = namespace === undefined ? [] : [this.namespace(namespace)];
    for (const [key, value] of Object.entries(where)) {
      for (const wanted of isList(value) ? value : [value]) {
        const text = asPlain(wanted);
        if (text === undefined) throw refusal(key);
        marks.push(this.#mark(`m${JSON.stringify(key)}:${text}`));
      }
    }
    return marks;
  }

  #mark(text: string): string {
    let mark = this.#known.get(text);
    if (mark !== undefined) return mark;
    mark = live + hash("sha256", text, "hex").slice(0, digits);
    if (this.#known.size >= rememberedMarks) this.#known.clear();
    this.#known.set(text, mark);
    return mark;
  }
}

/** The mark that a record carries instead once it is forgotten: only who looks back in time asks for it. */
export function forgottenMark(mark: string): string {
  return forgotten + mark.slice(live.length);
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

/** -0 is 0 in JSON. */
function asPlain(value: Json): string | undefined {
  return typeof value === "object" && value !== null ? undefined : JSON.stringify(value);
}

function refusal(key: string): EscapementError {
  return new EscapementError(
    "memory.invalid",
    `Cannot filter by ${JSON.stringify(key)}: give a text, a number, true, false or null, or a list of such. What lies deeper in metadata is kept but not filtered by.`,
  );
}
