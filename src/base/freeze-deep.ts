// Freezes a value all the way down, so that it can be handed to everybody without a copy.

/** False when there is something inside that freezing does not protect, like a Date or a Map. */
export function freezeDeep(value: unknown): boolean {
  if (typeof value === "function") return false;
  if (typeof value !== "object" || value === null) return true;
  if (!isPlain(value)) return false;
  Object.freeze(value);
  let isSafe = true;
  for (const { value: inner } of Object.values(Object.getOwnPropertyDescriptors(value)))
    isSafe = freezeDeep(inner) && isSafe;
  return isSafe;
}

function isPlain(value: object): boolean {
  if (Array.isArray(value)) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
