import { expect, test } from "vitest";
import { classify, eventKinds, kindsOf, type EventCategory } from "./event.ts";

const categories: readonly EventCategory[] = [
  "run",
  "task",
  "process",
  "control",
  "cycle",
  "memory",
  "alert",
  "system",
];

test("[RUN-50] every kind of the list is of one category", () => {
  const byCategory = categories.flatMap((category) => kindsOf(category).map((kind) => [kind, category]));
  expect(byCategory.length).toBe(Object.keys(eventKinds).length);
  for (const [kind = "", category] of byCategory) expect(classify(kind)[0]).toBe(category);
});

test("[RUN-50] a kind that is not in the list is a note: system, and for information", () => {
  for (const kind of ["deploy.finished", "toString", "__proto__", ""])
    expect(classify(kind)).toEqual(["system", "info"]);
});

test("[RUN-51] what went wrong is more than information, and a kill is critical", () => {
  const severities = [
    "run.failed",
    "scheduled_task_failed",
    "node.lost",
    "switch.killed",
    "run.retried",
    "run.lost",
  ];
  expect(severities.map((kind) => classify(kind)[1])).toEqual([
    "error",
    "error",
    "error",
    "critical",
    "warning",
    "warning",
  ]);
});
