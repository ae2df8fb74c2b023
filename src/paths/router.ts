// Finds what answers a path: the longest place that is mounted, and its verb. What is mounted at a longer place is never
// answered for by a shorter one, so a table that is misspelled is nothing and not a memory.
import { EscapementError } from "../base/errors.ts";
import { parsePath, type Path } from "./path.ts";

export type Verb = (args: never) => Promise<unknown>;
export type Verbs = Readonly<Record<string, Verb>>;

export class Router {
  readonly #mounted = new Map<string, Verbs>();

  mount(place: string, verbs: Verbs): void {
    this.#mounted.set(place, verbs);
  }

  /** Every path that is answered. */
  paths(): string[] {
    return [...this.#mounted].flatMap(([place, verbs]) =>
      Object.keys(verbs).map((verb) => `${place}.${verb}`),
    );
  }

  /** Throws `path.invalid` and `path.not-found`. */
  find(text: string): Verb {
    const path = parsePath(text);
    const place = this.#longest(path);
    const verbs = place === path.place.join(".") ? this.#mounted.get(place) : undefined;
    const verb = verbs !== undefined && Object.hasOwn(verbs, path.verb) ? verbs[path.verb] : undefined;
    if (verb !== undefined) return verb;
    const near = this.#near(text);
    throw new EscapementError(
      "path.not-found",
      `There is nothing at "${text}"${near.length === 0 ? "" : `: did you mean ${near.join(" or ")}?`}`,
      { details: { path: text, near } },
    );
  }

  #longest({ place }: Path): string | undefined {
    for (let length = place.length; length > 0; length--) {
      const prefix = place.slice(0, length).join(".");
      if (this.#mounted.has(prefix)) return prefix;
    }
    return undefined;
  }

  /** The three paths that are most alike, if they are alike at all. */
  #near(text: string): string[] {
    return this.paths()
      .map((path) => ({ path, distance: distanceOf(text, path) }))
      .filter(({ distance }) => distance <= 3)
      .toSorted((one, other) => one.distance - other.distance)
      .slice(0, 3)
      .map(({ path }) => path);
  }
}

/** How many letters must be changed, added or left out to make one of the other (Levenshtein). */
function distanceOf(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) {
      const change = (row[j - 1] ?? 0) + (one[i - 1] === other[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
