// A running application: makes its parts when they are asked for, each once, and disposes what it has made.
import { EscapementError } from "../base/errors.ts";
import { quote } from "../base/quote.ts";

export interface App<Values> extends AsyncDisposable {
  /** Makes the part when it is the first to ask; whoever asks meanwhile waits for the same. One that failed is tried anew. */
  get<Name extends keyof Values>(name: Name): Promise<Values[Name]>;
}

/** The parts that one part may ask for; what they are is known where it was added. */
export interface Earlier {
  typed<Values>(): Pick<App<Values>, "get">;
}

export interface Part {
  readonly name: PropertyKey;
  readonly make: (app: Earlier) => unknown;
  /** Made here, so disposed here. */
  readonly isOurs: boolean;
}

export class RunningApp<Values> implements App<Values> {
  readonly #parts: readonly Part[];
  readonly #making = new Map<PropertyKey, Promise<unknown>>();
  /** In the order in which they were ready, so whatever a part was made of stands before it. */
  readonly #made: unknown[] = [];
  #disposed: Promise<void> | undefined;

  constructor(parts: readonly Part[]) {
    this.#parts = parts;
  }

  get<Name extends keyof Values>(name: Name): Promise<Values[Name]> {
    return this.#get<Values, Name>(name, this.#parts.length);
  }

  /** Only what was added before `end` can be seen, so no part can wait for itself. */
  async #get<Seen, Name extends keyof Seen>(name: Name, end: number): Promise<Seen[Name]> {
    if (this.#disposed !== undefined) {
      throw new EscapementError(
        "runtime.stopped",
        `Cannot get service ${quote(String(name))}: the application is disposed.`,
      );
    }
    const index = this.#parts.findIndex((part) => part.name === name);
    const part = this.#parts[index];
    if (part === undefined || index >= end) throw this.#unknown(name, end);
    let making = this.#making.get(name);
    if (making === undefined) {
      making = this.#make(part, index);
      this.#making.set(name, making);
      making.catch(() => this.#making.delete(name));
    }
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- under each name is what its own `make` has made
    return making as Promise<Seen[Name]>;
  }

  async #make({ make, isOurs }: Part, index: number): Promise<unknown> {
    const value: unknown = await make({ typed: () => ({ get: (name) => this.#get(name, index) }) });
    if (isOurs) this.#made.push(value);
    return value;
  }

  #unknown(name: PropertyKey, end: number): EscapementError {
    const known = this.#parts.slice(0, end).map((part) => String(part.name));
    return new EscapementError(
      "service.not-found",
      `There is no service ${quote(String(name))} here: ${known.length === 0 ? "none was added before" : `there are ${known.join(", ")}`}.`,
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposed ??= this.#dispose();
    return this.#disposed;
  }

  /** All of them, whatever becomes of the others; what went wrong is told at the end. */
  async #dispose(): Promise<void> {
    await Promise.allSettled(this.#making.values());
    const errors: unknown[] = [];
    for (const value of this.#made.toReversed()) {
      try {
        await disposeOf(value);
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length === 1) throw errors[0];
    if (errors.length > 1)
      throw new AggregateError(errors, `${errors.length} services could not be disposed.`);
  }
}

/** What cannot be disposed needs not be. */
async function disposeOf(value: unknown): Promise<void> {
  if (typeof value !== "object" && typeof value !== "function") return;
  if (value === null) return;
  for (const symbol of [Symbol.asyncDispose, Symbol.dispose]) {
    const dispose: unknown = Reflect.get(value, symbol);
    if (typeof dispose !== "function") continue;
    await dispose.call(value);
    return;
  }
}
