// What a handler returned, held against what one may return. Only its shape: the state has its schema, output and
// effects are read by those who keep them.
import { EscapementError } from "../base/errors.ts";
import { quote } from "../base/quote.ts";

export interface GivenResult {
  readonly state: unknown;
  readonly output?: unknown;
  readonly effects?: unknown;
}

/** Throws `process.wrong-result`. */
export function readResult(given: unknown): GivenResult {
  if (given instanceof Promise) {
    // Nobody waits for it, so nobody would hear of its failure.
    given.catch(() => undefined);
    refuse("a promise; handlers are pure and wait for nothing: ask for what takes time with effects.enqueue");
  }
  if (!isResult(given)) return refuse(`${shorten(quote(given))}; return { state, output?, effects? }`);
  for (const field in given)
    if (field !== "state" && field !== "output" && field !== "effects")
      refuse(`the field ${shorten(quote(field))}; return { state, output?, effects? }`);
  return given;
}

function isResult(value: unknown): value is GivenResult {
  return typeof value === "object" && value !== null && "state" in value && value.state !== undefined;
}

function shorten(text: string): string {
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

function refuse(what: string): never {
  throw new EscapementError("process.wrong-result", `The handler returned ${what}.`);
}
