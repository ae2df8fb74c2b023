import { expect, test } from "vitest";
import { checkOptions, unknownFields } from "./options.ts";

const known = ["concurrency", "actions", "rate"];

test.each([
  ["concurency", "did you mean concurrency?"],
  ["Concurrency", "did you mean concurrency?"],
  ["action", "did you mean actions?"],
  ["zzz", "the options are concurrency, actions, rate"],
  ["xy", "the options are concurrency, actions, rate"],
])("[BAS-71] an option %s that nobody reads is named, with what was probably meant", (name, hint) => {
  expect(unknownFields({ [name]: 5 }, known, "work.")).toEqual([
    { field: `work.${name}`, message: `there is no such option; ${hint}` },
  ]);
});

test("[BAS-71] options that are known, or given as undefined, pass", () => {
  const refusal = { code: "options.invalid", what: "Cannot." } as const;
  expect(() => checkOptions({ rate: 1, other: undefined }, known, refusal)).not.toThrow();
  expect(() => checkOptions({ other: 1 }, known, refusal)).toThrow(/Cannot\. other: there is no such option/);
});

test.each([null, 5, "text"])("[BAS-71] options that are %j are refused", (given) => {
  const refusal = { code: "options.invalid", what: "Cannot." } as const;
  expect(() => checkOptions(given, known, refusal)).toThrow(
    expect.objectContaining({ code: "options.invalid" }),
  );
});
