// Every request has an id: the caller's own when it is a plain word, else a new one.
import { randomUUID } from "node:crypto";

export function requestIdOf(given: string | undefined): string {
  return given !== undefined && /^[\w.:-]{1,100}$/.test(given) ? given : randomUUID();
}
