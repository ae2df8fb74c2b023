// The record of whatever a handler threw: an error, a string, `undefined`, an object with a cycle, a trap. Truthful and
// of bounded size, so that it can always be stored. Never throws.
import { clip } from "./clip.ts";
import type { ErrorData } from "./errors.ts";
import { quote } from "./quote.ts";

const longestName = 200;
const longestMessage = 10_000;
const longestStack = 20_000;
const mostCauses = 5;

/** The causes of an error, and the errors that it gathers, stand at the end of its stack. */
export function errorData(thrown: unknown): ErrorData {
  try {
    return isErrorLike(thrown)
      ? recordOf(thrown)
      : { name: "Thrown", message: clip(describe(thrown), longestMessage) };
  } catch {
    return { name: "Thrown", message: "Something was thrown that throws when it is looked at." };
  }
}

/** By shape, too: an error of another realm is no instance of our `Error`. */
function isErrorLike(thrown: unknown): thrown is object {
  if (typeof thrown !== "object" || thrown === null) return false;
  return (
    thrown instanceof Error ||
    (typeof read(thrown, "message") === "string" && typeof read(thrown, "stack") === "string")
  );
}

function recordOf(error: object): ErrorData {
  const code = read(error, "code");
  const stack = stackOf(error);
  return {
    name: clip(textOf(error, "name", "Error"), longestName),
    message: clip(textOf(error, "message", ""), longestMessage),
    ...(typeof code === "string" ? { code: clip(code, longestName) } : {}),
    ...(stack === undefined ? {} : { stack: clip(stack, longestStack) }),
  };
}

/** What reading a property threw. */
class Trap {
  readonly why: unknown;
  constructor(why: unknown) {
    this.why = why;
  }
}

function read(value: object, key: string): unknown {
  try {
    return Reflect.get(value, key);
  } catch (error) {
    return new Trap(error);
  }
}

function textOf(value: object, key: string, absent: string): string {
  const found = read(value, key);
  if (typeof found === "string") return found;
  if (!(found instanceof Trap)) return absent;
  const why = found.why instanceof Error ? read(found.why, "message") : found.why;
  return `(its ${key} cannot be read${typeof why === "string" ? `: reading it threw ${quote(why)}` : ""})`;
}

function stackOf(error: object): string | undefined {
  const own = read(error, "stack");
  const causes = causesOf(error).map((cause) => `\nCaused by: ${cause}`);
  if (typeof own !== "string") return undefined;
  // A huge message stands in the stack, too: it must not push the causes out.
  return causes.length === 0 ? own : clip(own, longestStack / 2) + causes.join("");
}

function causesOf(error: object): string[] {
  const seen = new Set<unknown>([error]);
  const open = nextOf(error);
  const texts: string[] = [];
  while (open.length > 0 && texts.length < mostCauses) {
    const cause = open.shift();
    if (seen.has(cause)) continue;
    seen.add(cause);
    texts.push(clip(describe(cause), longestStack / 2 / mostCauses));
    if (isErrorLike(cause)) open.push(...nextOf(cause));
  }
  return texts;
}

function nextOf(error: object): unknown[] {
  const cause = read(error, "cause");
  const errors = read(error, "errors");
  return [
    ...(cause === undefined || cause instanceof Trap ? [] : [cause]),
    ...(Array.isArray(errors) ? errors.slice(0, mostCauses) : []),
  ];
}

function describe(thrown: unknown): string {
  if (typeof thrown === "string") return thrown;
  if (!isErrorLike(thrown)) return quote(thrown);
  const code = read(thrown, "code");
  const told = `${textOf(thrown, "name", "Error")}: ${textOf(thrown, "message", "")}`;
  return typeof code === "string" ? `${told} (${code})` : told;
}
