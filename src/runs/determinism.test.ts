import { expect, test } from "vitest";
import type { StepRecord } from "../storage/steps.ts";
import { forgottenError, forgottenStep, twiceError, type Asked } from "./determinism.ts";

/** `"outer>inner"` is a step inside another. */
function remembered(...names: readonly string[]): ReadonlyMap<string, StepRecord> {
  return new Map(
    names.map((told) => {
      const [name = "", parent] = told.split(">").toReversed();
      const step = { name, result: "null", attempt: 1, at: 0, ...(parent === undefined ? {} : { parent }) };
      return [name, step];
    }),
  );
}

function asked(names: Readonly<Record<string, Asked>>): ReadonlyMap<string, Asked> {
  return new Map(Object.entries(names));
}

test.each<readonly [string, readonly string[], Readonly<Record<string, Asked>>, string | undefined]>([
  ["all of them", ["a", "b"], { b: "remembered", a: "remembered" }, undefined],
  ["none of them", ["a", "b"], {}, "a"],
  ["more than them", ["a"], { x: "completed", a: "remembered", y: "failed" }, undefined],
  ["others in their place", ["a", "b"], { a: "remembered", c: "completed" }, "b"],
  ["all but a sleep", ["sleep:1", "a"], { a: "remembered" }, undefined],
  ["all but a child", ["enqueue:mail:send#x:1"], {}, "enqueue:mail:send#x:1"],
  ["all but what stands inside", ["out>in", "out"], { out: "remembered" }, undefined],
  ["all but what stands deep inside", ["out>in", "in>deep", "out"], { out: "remembered" }, undefined],
  ["a step that fails before what stood inside", ["out>in"], { out: "failed" }, undefined],
  ["a step without what stood inside", ["out>in"], { out: "completed" }, "in"],
  ["neither a step nor what stood inside", ["out>in"], {}, "in"],
])("[STP-21] of a handler that asks for %s it is told what is missing", (_what, names, record, missing) => {
  expect(forgottenStep(remembered(...names), asked(record))?.name).toBe(missing);
});

test("[STP-21] the error names what was expected and what was found, and is bounded", () => {
  const steps = remembered(...Array.from({ length: 50 }, (_, index) => `old ${index}`));
  const names = Array.from({ length: 50 }, (_, index): [string, Asked] => [`new ${index}`, "completed"]);
  const [first] = steps.values();
  if (first === undefined) throw new Error("no step");
  const error = forgottenError({ id: "r1", attempt: 2 }, first, steps, new Map(names));
  expect(error.code).toBe("run.nondeterministic");
  expect(error.details).toEqual({ runId: "r1", expected: "old 0", found: "new 0" });
  expect(error.message).toContain('Expected: "old 0", "old 1"');
  expect(error.message).toContain('"old 19", and 30 more. Found: "new 0"');
});

test("[STP-20] a name that is used twice is told with what it is", () => {
  const run = { id: "r1", attempt: 3 };
  expect(twiceError(run, 'say "hi"').message).toMatch(
    /^Two steps of attempt 3 have the name "say \\"hi\\""\./,
  );
  expect(twiceError(run, "sleep:nap").message).toMatch(/^Two sleeps of attempt 3/);
});
