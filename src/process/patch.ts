// JSON Patch (RFC 6902) as far as a state needs it: add, remove and replace, addressed by JSON Pointers (RFC 6901).
// Applying never changes what it is given: what a patch does not touch is shared between before and after.
import { EscapementError } from "../base/errors.ts";
import type { Json } from "../base/json.ts";

export type Operation =
  | { readonly op: "add" | "replace"; readonly path: string; readonly value: Json }
  | { readonly op: "remove"; readonly path: string };

export type Patch = readonly Operation[];

export type JsonObject = { readonly [key: string]: Json };
type Node = Json[] | Record<string, Json>;
/** Each under itself. */
type OwnNodes = Map<unknown, Node>;

/** `["a/b", 0]` is `/a~1b/0`; no keys at all is the whole document. */
export function pointer(keys: readonly (string | number)[]): string {
  let path = "";
  for (const key of keys) path += `/${typeof key === "number" ? key : escapeKey(key)}`;
  return path;
}

function escapeKey(key: string): string {
  return key.includes("~") || key.includes("/") ? key.replaceAll("~", "~0").replaceAll("/", "~1") : key;
}

function keysOf(path: string): string[] {
  const keys = path.split("/");
  keys.shift();
  return path.includes("~") ? keys.map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~")) : keys;
}

/**
 * The state after all operations of all patches, frozen, with the values of the patches in it. Throws `storage.broken` for a patch of another state.
 */
export function applyPatches(state: Json, patches: Iterable<Patch>): Json {
  // What was copied once is this call's own: a long history copies each part of the state once, not once per slot.
  const own: OwnNodes = new Map();
  let result = state;
  for (const patch of patches) for (const operation of patch) result = applyOne(result, operation, own);
  return freezeDeep(result);
}

/** As above, for one patch. */
export function applyPatch(state: Json, patch: Patch): Json {
  return applyPatches(state, [patch]);
}

function applyOne(state: Json, operation: Operation, own: OwnNodes): Json {
  const keys = keysOf(operation.path);
  const last = keys.pop();
  if (last === undefined) return operation.op === "remove" ? null : operation.value;
  const root = ownNode(state, operation, own);
  let node = root;
  for (const key of keys) {
    const child = ownNode(read(node, key, operation), operation, own);
    put(node, key, child);
    node = child;
  }
  if (operation.op === "remove") remove(node, last, operation);
  else if (operation.op === "add" && Array.isArray(node)) insert(node, last, operation.value, operation);
  else {
    if (operation.op === "replace") read(node, last, operation);
    put(node, last, operation.value);
  }
  return root;
}

function ownNode(value: Json, operation: Operation, own: OwnNodes): Node {
  const known = own.get(value);
  if (known !== undefined) return known;
  if (isList(value)) return remember([...value], own);
  if (isFields(value)) return remember({ ...value }, own);
  return misfit(operation);
}

function remember(node: Node, own: OwnNodes): Node {
  own.set(node, node);
  return node;
}

export function isList(value: unknown): value is readonly Json[] {
  return Array.isArray(value);
}

export function isFields(value: Json): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function read(node: Node, key: string, operation: Operation): Json {
  // Neither what is inherited nor the length of a list.
  if (!Object.prototype.propertyIsEnumerable.call(node, key)) return misfit(operation);
  const value: unknown = Reflect.get(node, key);
  return isJson(value) ? value : misfit(operation);
}

/** Nodes hold JSON only. */
function isJson(value: unknown): value is Json {
  return value !== undefined;
}

/** A key may be `__proto__`: it names a field like any other, never the prototype. */
export function put(node: Node, key: string, value: Json): void {
  if (key === "__proto__")
    Object.defineProperty(node, key, { value, writable: true, enumerable: true, configurable: true });
  else Reflect.set(node, key, value);
}

function remove(node: Node, key: string, operation: Operation): void {
  read(node, key, operation);
  if (Array.isArray(node)) node.splice(Number(key), 1);
  else Reflect.deleteProperty(node, key);
}

function insert(node: Json[], key: string, value: Json, operation: Operation): void {
  const index = Number(key);
  if (!(String(index) === key && Number.isInteger(index) && index >= 0 && index <= node.length))
    misfit(operation);
  node.splice(index, 0, value);
}

function misfit(operation: Operation): never {
  throw new EscapementError(
    "storage.broken",
    `A recorded patch does not fit the state before it: ${operation.op} ${operation.path}. Run verify on the process.`,
    { details: { path: operation.path } },
  );
}

/** Freezes JSON through and through; a part that is frozen already is taken to be frozen as a whole. */
export function freezeDeep(value: Json): Json {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  if (isList(value)) value.forEach(freezeDeep);
  else for (const key of Object.keys(value)) freezeDeep(Reflect.get(value, key));
  return Object.freeze(value);
}
