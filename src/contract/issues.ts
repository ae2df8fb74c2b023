// Faults that a schema found, in the words of this project: one issue per field, each saying what to write.
import type { z } from "zod";
import type { Issue } from "../base/errors.ts";

/** `whole` names the thing itself when the fault is in no field of it. */
export function issuesOf(error: z.ZodError, whole: string): readonly Issue[] {
  return error.issues.flatMap((issue) => readIssue(issue, whole));
}

function readIssue(issue: z.core.$ZodIssue, whole: string): readonly Issue[] {
  const path = issue.path.map(String);
  const field = path.join(".") || whole;
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => ({ field: [...path, key].join("."), message: "there is no such field" }));
  if (issue.code === "invalid_union") {
    const inner = nearest(issue.errors);
    const itself = inner.every(({ path }) => path.length === 0);
    if (itself && inner.every(isMissing)) return [{ field, message: "is missing" }];
    if (!itself || issue.message === "Invalid input")
      return inner.flatMap((one) => readIssue({ ...one, path: [...issue.path, ...one.path] }, whole));
  }
  return [{ field, message: messageOf(issue) }];
}

function messageOf(issue: z.core.$ZodIssue): string {
  if (isMissing(issue)) return "is missing";
  if (issue.code === "invalid_type") return `must be ${articled(issue.expected)}`;
  if (issue.code === "invalid_value") return `write one of ${issue.values.map(String).join(", ")}`;
  return issue.message;
}

/** Zod does not keep the value, but its own message tells whether there was one. */
function isMissing({ message }: z.core.$ZodIssue): boolean {
  return message.endsWith("received undefined");
}

/** What a value of several possible shapes was meant to be: the shape that knows its fields. */
function nearest(branches: readonly (readonly z.core.$ZodIssue[])[]): readonly z.core.$ZodIssue[] {
  const strangers = (issues: readonly z.core.$ZodIssue[]): number =>
    issues.filter(({ code, path }) => code === "unrecognized_keys" && path.length === 0).length;
  const [best = []] = branches.toSorted((a, b) => strangers(a) - strangers(b) || a.length - b.length);
  return best;
}

function articled(type: string): string {
  return /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`;
}
