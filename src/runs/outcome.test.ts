import { expect, test } from "vitest";
import { Directive } from "../actions/run-context.ts";
import { mostPasses } from "../run/passes.ts";
import { defaultRetry } from "../run/retry.ts";
import type { ClaimedRun } from "../storage/runs.ts";
import { seededRandom } from "../testing/seeded-random.ts";
import type { Ended } from "./context.ts";
import { outcomeOf } from "./outcome.ts";

const run: ClaimedRun = {
  id: "r1",
  fence: 7,
  action: "trip:book",
  params: "{}",
  scheduledFor: 0,
  attempt: 2,
  maxAttempts: 3,
  pass: 1,
  passes: 1,
};
const head = { id: "r1", fence: 7, attempt: 2, startedAt: 10, at: 50 };

function of(ended: Ended, more: Partial<ClaimedRun> = {}): unknown {
  const over = { run: { ...run, ...more }, startedAt: 10, at: 50 };
  return outcomeOf(over, ended, {
    policy: { ...defaultRetry, jitter: false },
    random: seededRandom(1),
    payloadLimit: 1_048_576,
  });
}

test("[STP-18] an attempt that went to sleep waits until then", () => {
  expect(of({ asleepUntil: 99 })).toEqual({ ...head, kind: "sleep", dueAt: 99 });
});

test("[STP-61] a value ends the run, or its pass; a directive does what it says", () => {
  expect(of({ value: { a: 1 } })).toEqual({ ...head, kind: "succeeded", result: '{"a":1}' });
  expect(of({ value: { a: 1 } }, { passes: 2 })).toEqual({ ...head, kind: "again", params: '{"a":1}' });
  expect(of({ value: new Directive("again", [1]) })).toEqual({ ...head, kind: "again", params: "[1]" });
  expect(of({ value: new Directive("snooze", 25) })).toEqual({ ...head, kind: "snooze", dueAt: 75 });
  expect(of({ value: new Directive("cancel", "enough") })).toEqual({
    ...head,
    kind: "cancelled",
    reason: "enough",
  });
});

test("[STP-70] an error is tried again until the attempts are used up", () => {
  const error = { name: "Error", message: "no" };
  const kept = { ...head, error: JSON.stringify(error) };
  expect(of({ error })).toEqual({ ...kept, kind: "retry", dueAt: 2_050 });
  expect(of({ error }, { maxAttempts: 2 })).toEqual({ ...kept, kind: "failed", reason: "attempts used up" });
  expect(of({ value: 5n })).toMatchObject({ kind: "retry", error: expect.stringContaining("json.invalid") });
});

test.each(["run.invalid", "run.nondeterministic", "action.not-found", "module.invalid"])(
  "[STP-20] %s is not worth another attempt",
  (code) => {
    expect(of({ error: { name: "EscapementError", message: "no", code } })).toMatchObject({
      kind: "failed",
      reason: "not worth another attempt",
    });
  },
);

test("[STP-61] a run that asks for one pass too many has failed, and is not tried again", () => {
  const again = { value: new Directive("again", {}) };
  expect(of(again, { pass: mostPasses - 1 })).toMatchObject({ kind: "again" });
  expect(of(again, { pass: mostPasses })).toMatchObject({
    kind: "failed",
    error: expect.stringMatching(/"code":"run.endless"/),
  });
});
