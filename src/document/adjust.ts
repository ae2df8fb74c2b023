// Adds to a number inside a JSON value. Pure; never changes the value that it is given.
import type { Json } from "../base/json.ts";

/** The value with the number at the path changed, undefined when there is something else. Nothing there counts as 0. */
export function adjustJson(
  value: Json | undefined,
  path: readonly (string | number)[],
  delta: number,
): Json | undefined {
  const [step, ...rest] = path;
  if (step === undefined) return add(value, delta);
  if (Array.isArray(value)) {
    // A list has no place beside its items.
    if (typeof step !== "number" || !(step in value)) return undefined;
    const inner = adjustJson(value[step], rest, delta);
    return inner === undefined ? undefined : value.with(step, inner);
  }
  if (typeof value !== "object" || value === null) return undefined;
  const name = String(step);
  const entries = Object.entries<Json>(value);
  const held = entries.find(([key]) => key === name);
  const inner = adjustJson(held?.[1], rest, delta);
  if (inner === undefined) return undefined;
  // Made from entries, so that a field named __proto__ is a field like any other.
  const changed = entries.map((entry): [string, Json] => (entry === held ? [name, inner] : entry));
  return Object.fromEntries(held === undefined ? [...changed, [name, inner]] : changed);
}

function add(value: Json | undefined, delta: number): Json | undefined {
  if (value !== undefined && typeof value !== "number") return undefined;
  const sum = (value ?? 0) + delta;
  return Number.isFinite(sum) ? sum : undefined;
}
