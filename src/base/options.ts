// Options as a caller gives them: an object whose every field somebody reads. A slip of the pen in an optional field would
// else be no option at all, and nobody would say so.
import { invalidInput, type ErrorCode, type Issue } from "./errors.ts";
import { quote } from "./quote.ts";

/** One issue for each field that nobody reads, naming the one that was probably meant. */
export function unknownFields(given: object, known: readonly string[], prefix: string = ""): Issue[] {
  const issues: Issue[] = [];
  for (const name of Object.keys(given)) {
    if (known.includes(name) || Reflect.get(given, name) === undefined) continue;
    issues.push({
      field: prefix + name,
      message: `there is no such option; ${hint(name, known, "options")}`,
    });
  }
  return issues;
}

/** Throws when it is no object, or has a field that nobody reads. */
export function checkOptions(
  given: unknown,
  known: readonly string[],
  refusal: { readonly code: ErrorCode; readonly what: string },
): void {
  const issues =
    typeof given === "object" && given !== null
      ? unknownFields(given, known)
      : [{ field: "options", message: `${quote(given)} is not allowed: write an object` }];
  if (issues.length > 0) throw invalidInput(refusal.code, refusal.what, issues);
}

/** The known name that was probably meant, or all of them. */
export function hint(name: string, known: readonly string[], things: "fields" | "options"): string {
  const near = known.find((other) => other.toLowerCase() === name.toLowerCase()) ?? nearest(name, known);
  return near === undefined ? `the ${things} are ${known.join(", ")}` : `did you mean ${near}?`;
}

const mostSlips = 2;

function nearest(name: string, known: readonly string[]): string | undefined {
  const [best] = known
    .map((other) => ({ other, slips: slipsBetween(name, other) }))
    .toSorted((a, b) => a.slips - b.slips);
  return best !== undefined && best.slips <= Math.min(mostSlips, name.length / 3) ? best.other : undefined;
}

/** How many letters were added, left out or exchanged (Levenshtein). */
function slipsBetween(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let index = 0; index < one.length; index++) {
    const letter = one[index];
    const next = [index + 1];
    for (let at = 1; at <= other.length; at++) {
      const same = (row[at - 1] ?? 0) + (letter === other[at - 1] ? 0 : 1);
      next.push(Math.min(same, (row[at] ?? 0) + 1, (next[at - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}
