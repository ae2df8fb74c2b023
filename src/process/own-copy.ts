// Our own frozen copy of what a handler made. Only plain JSON comes through: what `JSON.stringify` would change or drop in
// silence is refused, because a state has to be the same after it was stored as before.
import { EscapementError } from "../base/errors.ts";
import type { Json } from "../base/json.ts";
import { pointer, put } from "./patch.ts";

/** Deeper nesting is taken for a cycle. */
const deepest = 500;
/** In characters of JSON, about: what a handler that runs wild may add at once. */
const largest = 8_388_608;

/** Throws `json.invalid`, with the path of what is not plain JSON, and `json.too-large`. */
export function ownCopy(value: unknown): Json {
  return new Copier([]).copy(value);
}

/** Copies several values of one slot, which together have a largest size. `path` is where the next one stands. */
export class Copier {
  readonly #path: (string | number)[];
  #size = 0;

  constructor(path: (string | number)[]) {
    this.#path = path;
  }

  /** Throws as `ownCopy` does. */
  copy(value: unknown): Json {
    if (typeof value === "string") return this.#count(value.length, value);
    if (typeof value === "boolean" || value === null) return this.#count(4, value);
    if (typeof value === "number" && Number.isFinite(value)) return this.#count(4, value === 0 ? 0 : value);
    if (this.#path.length > deepest)
      return refuse(this.#path, `Nesting deeper than ${deepest} levels, or a cycle,`);
    if (Array.isArray(value)) return this.#items(value);
    return isPlain(value) ? this.#fields(value) : refuse(this.#path, nameOf(value));
  }

  #items(given: readonly unknown[]): Json {
    const copy: Json[] = [];
    for (let index = 0; index < given.length; index++) copy.push(this.#inside(index, given[index]));
    return Object.freeze(copy);
  }

  #fields(given: Record<string, unknown>): Json {
    const copy: Record<string, Json> = {};
    for (const key of Object.keys(given)) {
      const value = given[key];
      if (value !== undefined) put(copy, key, this.#inside(key, value));
    }
    return Object.freeze(copy);
  }

  #inside(key: string | number, value: unknown): Json {
    this.#path.push(key);
    const copy = this.copy(value);
    this.#path.pop();
    return this.#count(typeof key === "string" ? key.length + 4 : 1, copy);
  }

  #count<Value>(size: number, value: Value): Value {
    this.#size += size;
    if (this.#size <= largest) return value;
    throw new EscapementError(
      "json.too-large",
      `A handler made more than ${largest} characters of new state, output or effects for one message. Store the data elsewhere and keep a reference.`,
    );
  }
}

/** An object written as a literal, or made by `JSON.parse`: not of a class. */
export function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const maker: unknown = Object.getPrototypeOf(value);
  return maker === Object.prototype || maker === null;
}

function nameOf(value: unknown): string {
  if (typeof value === "number") return String(value);
  if (typeof value !== "object" || value === null)
    return value === undefined ? "undefined" : `a ${typeof value}`;
  const maker: unknown = Object.getPrototypeOf(value)?.constructor;
  return `a ${typeof maker === "function" && maker.name !== "" ? maker.name : "object of a class"}`;
}

function refuse(path: readonly (string | number)[], what: string): never {
  // A cycle has a long path.
  const place = pointer(path.slice(0, 20));
  throw new EscapementError("json.invalid", `${what} at ${place || "the value itself"} is not plain JSON.`, {
    details: { path: place },
  });
}
