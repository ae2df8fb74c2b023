// What a handler made of a state, in one walk: is it JSON, what of it is new, the patch and its inverse.
// The next state is always our own frozen copy that shares with the one before whatever is equal: a handler may keep,
// reuse or change what it returned without ever touching what is recorded. Keys stand in the order that applying the
// patch gives, so that a state that was kept and a state that was rebuilt are the same to every handler.
import type { Json } from "../base/json.ts";
import { Copier, isPlain } from "./own-copy.ts";
import { isFields, isList, pointer, put, type JsonObject, type Operation, type Patch } from "./patch.ts";

export interface Change {
  /** Frozen. The very object that was there before when nothing changed. */
  readonly state: Json;
  /** From the state before to this one. */
  readonly patch: Patch;
  /** And back. */
  readonly inverse: Patch;
}

/** `was` must be one of our own frozen states. Throws as `ownCopy` does. */
export function change(was: Json, given: unknown): Change {
  if (was === given) return { state: was, patch: nothing, inverse: nothing };
  const walk = new Walk();
  const state = walk.step(was, given);
  return { state, patch: walk.patch, inverse: walk.inverse.toReversed() };
}
const nothing: Patch = [];

/** How far ahead in a list a moved element is looked for. */
const nearby = 8;

class Walk {
  readonly patch: Operation[] = [];
  readonly inverse: Operation[] = [];
  readonly #path: (string | number)[] = [];
  readonly #copier = new Copier(this.#path);

  step(was: Json, given: unknown): Json {
    if (was === given) return was;
    if (isPlain(given) && isFields(was)) return this.#fields(was, given);
    if (Array.isArray(given) && isList(was)) return this.#items(was, given);
    const value = this.#copier.copy(given);
    const path = pointer(this.#path);
    this.patch.push({ op: "replace", path, value });
    this.inverse.push({ op: "replace", path, value: was });
    return value;
  }

  #fields(was: JsonObject, given: Record<string, unknown>): Json {
    let copy: Record<string, Json> | undefined;
    let gone = 0;
    const keys = Object.keys(was);
    for (const key of keys) {
      const before = fieldOf(was, key);
      const after = Object.hasOwn(given, key) ? given[key] : undefined;
      if (before === after) continue;
      if (after === undefined) {
        this.#remove(key, before);
        gone++;
        continue;
      }
      const value = this.#inside(key, before, after);
      if (value !== before) put((copy ??= { ...was }), key, value);
    }
    if (gone > 0) copy = without(copy ?? was, given);
    for (const key of Object.keys(given)) {
      if (Object.hasOwn(was, key)) continue;
      const value = given[key];
      if (value !== undefined) put((copy ??= { ...was }), key, this.#add(key, value));
    }
    return copy === undefined ? was : Object.freeze(copy);
  }

  /** Left to right; what lies left of `next` is as it will be, so an index is the length of that. */
  #items(was: readonly Json[], given: readonly unknown[]): Json {
    const tail = commonTail(was, given);
    const wasEnd = was.length - tail;
    const givenEnd = given.length - tail;
    const seen = this.patch.length;
    const next: Json[] = [];
    let from = 0;
    while (from < wasEnd || next.length < givenEnd) {
      const at = next.length;
      const before = was[from] ?? null;
      const after = given[at];
      const isSame = from < wasEnd && at < givenEnd && same(before, after);
      if (isSame) next.push(before);
      else if (at === givenEnd || isNear(was, from, wasEnd, after)) this.#remove(at, before);
      else if (from === wasEnd || isAhead(before, given, at, givenEnd)) {
        next.push(this.#add(at, after));
        continue;
      } else next.push(this.#inside(at, before, after));
      from++;
    }
    if (this.patch.length === seen) return was;
    for (let index = wasEnd; index < was.length; index++) next.push(was[index] ?? null);
    return Object.freeze(next);
  }

  #inside(key: string | number, before: Json, after: unknown): Json {
    this.#path.push(key);
    const value = this.step(before, after);
    this.#path.pop();
    return value;
  }

  #add(key: string | number, given: unknown): Json {
    this.#path.push(key);
    const value = this.#copier.copy(given);
    const path = pointer(this.#path);
    this.#path.pop();
    this.patch.push({ op: "add", path, value });
    this.inverse.push({ op: "remove", path });
    return value;
  }

  #remove(key: string | number, before: Json): void {
    this.#path.push(key);
    const path = pointer(this.#path);
    this.#path.pop();
    this.patch.push({ op: "remove", path });
    this.inverse.push({ op: "add", path, value: before });
  }
}

/** Whether an element of the new list stands a little further on in the old one: then what stands before it is gone. */
function isNear(was: readonly Json[], from: number, end: number, after: unknown): boolean {
  for (let index = from + 1; index < Math.min(end, from + 1 + nearby); index++)
    if (same(was[index] ?? null, after)) return true;
  return false;
}

/** Whether an element of the old list stands a little further on in the new one: then what stands before it is new. */
function isAhead(before: Json, given: readonly unknown[], at: number, end: number): boolean {
  for (let index = at + 1; index < Math.min(end, at + 1 + nearby); index++)
    if (same(before, given[index])) return true;
  return false;
}

function commonTail(was: readonly Json[], given: readonly unknown[]): number {
  const most = Math.min(was.length, given.length);
  let tail = 0;
  // Lists grow at their end: what is the same from the start must not be taken for the tail first.
  let head = 0;
  while (head < most && was[head] === given[head]) head++;
  while (tail < most - head && same(was[was.length - 1 - tail] ?? null, given[given.length - 1 - tail]))
    tail++;
  return tail;
}

/** Equal as JSON, and the given one is plain JSON: key order does not count, nor does a field that is undefined. */
function same(was: Json, given: unknown): boolean {
  if (was === given) return true;
  if (Array.isArray(given)) {
    if (!isList(was) || was.length !== given.length) return false;
    return was.every((item, index) => same(item, given[index]));
  }
  if (!isPlain(given) || !isFields(was)) return false;
  const keys = Object.keys(was);
  for (const key of keys)
    if (!Object.hasOwn(given, key) || !same(fieldOf(was, key), given[key])) return false;
  const others = Object.keys(given);
  return (
    others.length === keys.length ||
    others.every((key) => Object.hasOwn(was, key) || given[key] === undefined)
  );
}

function without(fields: JsonObject, given: Record<string, unknown>): Record<string, Json> {
  const rest: Record<string, Json> = {};
  for (const key of Object.keys(fields))
    if (Object.hasOwn(given, key) && given[key] !== undefined) put(rest, key, fieldOf(fields, key));
  return rest;
}

function fieldOf(fields: JsonObject, key: string): Json {
  return fields[key] ?? null;
}
