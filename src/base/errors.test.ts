import { expect, test } from "vitest";
import { errorData } from "./error-data.ts";
import { EscapementError, errorFamilies, invalidInput, isErrorCode } from "./errors.ts";

test("[BAS-30] every code is noun.reason and has one of the five families", () => {
  const families = new Set(["input", "missing", "conflict", "unavailable", "broken"]);
  for (const [code, family] of Object.entries(errorFamilies)) {
    expect(code).toMatch(/^[a-z]+\.[a-z-]+$/);
    expect(families).toContain(family);
  }
  expect(isErrorCode("task.invalid")).toBe(true);
  for (const no of ["task.unheard-of", "toString", "__proto__", 5, undefined])
    expect(isErrorCode(no)).toBe(false);
});

test("[BAS-31] an error is recognised by its shape, so that two copies of the package agree", () => {
  const error = new EscapementError("task.not-found", "There is no task.");
  const foreign = Object.assign(new Error("There is no task."), { code: "task.not-found" });
  expect([error, foreign].map((one) => EscapementError.is(one))).toEqual([true, true]);
  const others = [
    new Error("x"),
    { code: "task.not-found" },
    Object.assign(new Error("x"), { code: "ENOENT" }),
    null,
  ];
  expect(others.map((one) => EscapementError.is(one))).toEqual([false, false, false, false]);
});

test("[BAS-31] an error as data is its name, message, code and details", () => {
  const error = new EscapementError("task.not-found", "There is no task.", {
    details: { id: "t" },
    cause: "why",
  });
  expect(error.family).toBe("missing");
  expect(error.cause).toBe("why");
  expect(JSON.parse(JSON.stringify(error))).toEqual({
    name: "EscapementError",
    message: "There is no task.",
    code: "task.not-found",
    details: { id: "t" },
  });
});

test("[BAS-32] input that is wrong in several fields is one error that lists them all", () => {
  const issues = [
    { field: "id", message: "is missing" },
    { field: "schedule", message: "never fires" },
  ];
  const error = invalidInput("task.invalid", "Cannot register.", issues);
  expect(error.message).toBe("Cannot register. id: is missing; schedule: never fires");
  expect(error.details).toEqual({ issues });
});

const cycle: Record<string, unknown> = { why: "cycle" };
cycle["self"] = cycle;
const odd = Object.assign(new Error("odd"), { name: Symbol("name"), code: 5 });
const mute = Object.defineProperty(new Error("mute"), "message", { value: undefined });

test.each<readonly [string, unknown, { name: string; message: string | RegExp }]>([
  ["a text", "out of paper", { name: "Thrown", message: "out of paper" }],
  ["undefined", undefined, { name: "Thrown", message: "undefined" }],
  ["null", null, { name: "Thrown", message: "null" }],
  ["a number", 42, { name: "Thrown", message: "42" }],
  ["an object", { status: 503 }, { name: "Thrown", message: '{"status":503}' }],
  ["a cycle", cycle, { name: "Thrown", message: "[object Object]" }],
  ["a bigint", 12n, { name: "Thrown", message: "12n" }],
  ["a symbol", Symbol("s"), { name: "Thrown", message: "Symbol(s)" }],
  ["an error", new TypeError("no"), { name: "TypeError", message: "no" }],
  ["an error with odd fields", odd, { name: "Error", message: "odd" }],
  ["an error without a message", mute, { name: "Error", message: "" }],
])("[BAS-33] %s that was thrown is recorded as what it is", (_name, thrown, { name, message }) => {
  const data = errorData(thrown);
  expect(data).toMatchObject({ name, message });
  expect(() => JSON.stringify(data)).not.toThrow();
  expect(data.code).toBeUndefined();
});

test("[BAS-33] the code and the stack of an error are recorded with it", () => {
  const error = Object.assign(new Error("gone"), { code: "ENOENT" });
  expect(errorData(error)).toEqual({ name: "Error", message: "gone", code: "ENOENT", stack: error.stack });
});
