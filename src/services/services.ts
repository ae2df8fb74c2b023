// The parts of an application by name: each is made when it is first asked for, once, of parts that were added before
// it, and disposed with the application, the last made first. Nothing here is shared between two applications.
import { RunningApp, type App, type Part } from "./app.ts";
import { EscapementError } from "../base/errors.ts";
import { quote } from "../base/quote.ts";

export interface Services<Values> {
  /** `make` may ask for what was added before it, so nothing can depend on itself. It may be async. */
  add<const Name extends string, Value>(
    name: Name extends keyof Values ? never : Name,
    make: (app: Pick<App<Values>, "get">) => Value | Promise<Value>,
  ): Services<Values & { readonly [Added in Name]: Value }>;
  /** This value in the place of what would be made, as for tests. It stays the caller's: it is not disposed. */
  replace<Name extends keyof Values>(name: Name, value: Values[Name]): Services<Values>;
  /** Makes nothing yet. `await using app = …start()` disposes all that was made. */
  start(): App<Values>;
}

/** An application without parts. Every step gives a new one, so one beginning can serve several. */
export function services(): Services<object> {
  return new Builder<object>([]);
}

class Builder<Values> implements Services<Values> {
  readonly #parts: readonly Part[];

  constructor(parts: readonly Part[]) {
    this.#parts = parts;
  }

  add<const Name extends string, Value>(
    name: Name extends keyof Values ? never : Name,
    make: (app: Pick<App<Values>, "get">) => Value | Promise<Value>,
  ): Services<Values & { readonly [Added in Name]: Value }> {
    if (this.#has(name)) {
      throw new EscapementError(
        "service.conflict",
        `Cannot add a second service ${quote(name)}: give it another name, or replace the first.`,
      );
    }
    const part: Part = { name, make: (app) => make(app.typed<Values>()), isOurs: true };
    return new Builder<Values & { readonly [Added in Name]: Value }>([...this.#parts, part]);
  }

  replace<Name extends keyof Values>(name: Name, value: Values[Name]): Services<Values> {
    if (!this.#has(name)) {
      throw new EscapementError(
        "service.not-found",
        `There is no service ${quote(String(name))} to replace: add it first.`,
      );
    }
    const replaced: Part = { name, make: () => value, isOurs: false };
    return new Builder<Values>(this.#parts.map((part) => (part.name === name ? replaced : part)));
  }

  start(): App<Values> {
    return new RunningApp<Values>(this.#parts);
  }

  #has(name: PropertyKey): boolean {
    return this.#parts.some((part) => part.name === name);
  }
}
