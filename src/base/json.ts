// JSON as a type, as a check at the border, and in one canonical spelling.
import { EscapementError } from "./errors.ts";
import { show } from "./quote.ts";

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** 1 MiB: the default limit of one payload. */
export const defaultPayloadBytes = 1_048_576;

/**
 * The JSON text of a value that is JSON through and through; `undefined` as a whole becomes `null`.
 * Throws `json.invalid` with the path of what is not (a function, a cycle, a BigInt, NaN, …) and `json.too-large`.
 */
export function encodeJson(value: unknown, limitBytes: number = defaultPayloadBytes): string {
  const text = write(value, limitBytes);
  // A UTF-16 unit is at most three bytes in UTF-8: short texts need no exact count.
  if (text.length * 3 > limitBytes) checkSize(text, limitBytes);
  return text;
}

/** What a value does while it is read is its own: it may throw, or be longer than a text can be. */
function write(value: unknown, limitBytes: number): string {
  try {
    if (isSound(value, 0, limitBytes)) return JSON.stringify(value) ?? "null";
  } catch (error) {
    if (EscapementError.is(error)) throw error;
    if (error instanceof RangeError) throw tooLarge("more bytes than a text can have", limitBytes);
    throw new EscapementError(
      "json.invalid",
      `Cannot store a value that cannot be read: reading it threw ${show(error instanceof Error ? error.message : error)}.`,
      { cause: error },
    );
  }
  const fault = findFault(value, "$", []) ?? { path: "$", what: `nesting deeper than ${deepest} levels` };
  throw new EscapementError(
    "json.invalid",
    `Cannot store ${shorten(fault.path)}: ${fault.what} is not JSON.`,
    {
      details: { path: fault.path },
    },
  );
}

function shorten(path: string): string {
  return path.length <= longestPath ? path : `${path.slice(0, longestPath)}…`;
}

const longestPath = 80;
/** Deeper nesting is taken for a cycle or a mistake. */
const deepest = 500;

/** The quick check of what is nearly always true; what it refuses is looked at again, to say where the fault is. */
function isSound(value: unknown, depth: number, limitBytes: number): boolean {
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value !== "object")
    return typeof value === "string" || typeof value === "boolean" || value === undefined;
  if (value === null) return true;
  if (depth > deepest) return false;
  if (Array.isArray(value)) {
    // Every item takes a byte and more. A list with nothing in it can be longer than anybody would wait for.
    if (value.length > limitBytes) throw tooLarge(`a list of ${value.length} items`, limitBytes);
    return value.every((item) => isSound(item, depth + 1, limitBytes));
  }
  if (isOpaque(value)) return false;
  if (saysItself(value)) return !isInvalidDate(value) && isSound(value.toJSON(), depth + 1, limitBytes);
  for (const key in value)
    if (!isSound(Reflect.get(value, key), depth + 1, limitBytes) && Object.hasOwn(value, key)) return false;
  return true;
}

/** A Date, a URL, and whatever else says what it is in JSON. */
function saysItself(value: object): value is { toJSON(): unknown } {
  return "toJSON" in value && typeof value.toJSON === "function";
}

/** It says `null` of itself. */
function isInvalidDate(value: object): boolean {
  return Object.prototype.toString.call(value) === "[object Date]" && Number.isNaN(Number(value));
}

/** What `JSON.stringify` would quietly turn into `{}`. Other classes are kept as their own fields. */
function isOpaque(value: object): boolean {
  if (Object.getPrototypeOf(value) === Object.prototype) return false;
  return opaque.some((kind) => value instanceof kind) || ArrayBuffer.isView(value);
}

const opaque = [Map, Set, WeakMap, WeakSet, Promise, RegExp, Error, ArrayBuffer];

function checkSize(text: string, limitBytes: number): void {
  const bytes = new TextEncoder().encode(text).length;
  if (bytes <= limitBytes) return;
  throw tooLarge(`${bytes} bytes`, limitBytes, { bytes });
}

function tooLarge(what: string, limitBytes: number, details: object = {}): EscapementError {
  return new EscapementError(
    "json.too-large",
    `Cannot store a payload of ${what}: the limit is ${limitBytes} bytes. Store the data elsewhere and pass a reference, or raise the limit with the option payloadLimit.`,
    { details: { ...details, limitBytes } },
  );
}

interface Fault {
  readonly path: string;
  readonly what: string;
}

function findFault(value: unknown, path: string, above: readonly object[]): Fault | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value === "number") return Number.isFinite(value) ? undefined : { path, what: String(value) };
  if (typeof value === "string" || typeof value === "boolean") return undefined;
  if (typeof value !== "object") return { path, what: `a ${typeof value}` };
  if (above.includes(value)) return { path, what: "a cycle" };
  if (above.length > deepest) return { path, what: `nesting deeper than ${deepest} levels` };
  const inside = [...above, value];
  if (Array.isArray(value))
    return firstFault(
      value.map((item, index) => [`${path}[${index}]`, item]),
      inside,
    );
  if (isOpaque(value)) return { path, what: `a ${value.constructor.name}` };
  if (isInvalidDate(value)) return { path, what: "an invalid Date" };
  if (saysItself(value)) return findFault(value.toJSON(), path, inside);
  return firstFault(
    Object.entries(value).map(([key, item]) => [`${path}.${key}`, item]),
    inside,
  );
}

function firstFault(
  items: readonly (readonly [string, unknown])[],
  above: readonly object[],
): Fault | undefined {
  for (const [path, item] of items) {
    const fault = findFault(item, path, above);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** One spelling per value (RFC 8785): keys sorted by UTF-16 units, no spaces. For hashing and comparing. */
export function canonicalJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  // oxlint-disable-next-line unicorn/no-array-sort -- a fresh array
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(",")}}`;
}

/** Reads JSON text that Escapement itself wrote. */
export function decodeJson(text: string): Json {
  const value: Json = JSON.parse(text);
  return value;
}
