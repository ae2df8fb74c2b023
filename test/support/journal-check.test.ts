// The checker must find what it is there to find: each fault is written into a journal by hand.
import { expect, test } from "vitest";
import type { Event } from "../../src/journal/event.ts";
import { JournalCheck, type RunFacts } from "./journal-check.ts";

/** `r1 started`, or `r1 started 40` with a time. */
function check(lines: readonly string[], facts: Partial<RunFacts> = {}): readonly string[] {
  const checker = new JournalCheck((id) => (id.startsWith("r") ? { id, ...facts } : undefined));
  lines.forEach((line, index) => {
    const [id = "", kind = "", at = "0"] = line.split(" ");
    const event: Event = {
      seq: index + 1,
      id: `e${index + 1}`,
      at: new Date(Number(at)),
      kind: `run.${kind}`,
      category: "run",
      actor: "system",
      subject: `run:${id}`,
      commit: "c1",
      from: "?",
      to: "?",
      trigger: "hook",
      call: "moment",
      severity: "info",
    };
    checker.see(event);
  });
  return checker.end().faults;
}

const good = ["r1 enqueued", "r2 enqueued", "r1 started", "r1 lost", "r1 started", "r1 succeeded"];
const bad: [string, readonly string[], Partial<RunFacts>, string][] = [
  ["a run that nobody ended", good, {}, "run r2 is still waiting"],
  ["two ends of one attempt", [...good, "r1 succeeded"], {}, "succeeded of run r1 at 7, which was ended"],
  ["two starts of one run", ["r1 enqueued", "r1 started", "r1 started"], {}, "started of run r1 at 3"],
  ["an end without a start", ["r1 enqueued", "r1 failed"], {}, "failed of run r1 at 2, which was waiting"],
  ["a run that is nowhere", ["x1 enqueued"], {}, "run x1 at 1 is not kept"],
  [
    "a lane too full",
    ["r1 enqueued", "r2 enqueued", "r1 started", "r2 started"],
    { lane: { key: "k", limit: 1 } },
    "lane k holds 2 at 4",
  ],
  [
    "a line that overtakes",
    ["r1 enqueued", "r2 enqueued", "r2 started", "r2 succeeded", "r1 started"],
    { line: "l" },
    "line l: r1 begins at 5 after r2",
  ],
  [
    "a line with two at a time",
    ["r1 enqueued", "r2 enqueued", "r1 started", "r1 retried", "r2 started"],
    { line: "l" },
    "while r1 has not ended",
  ],
  [
    "a limit that was passed",
    ["r1 enqueued", "r1 started 0", "r1 retried", "r1 started 8"],
    { rate: { key: "k", limit: 100, perMs: 1_000, burst: 1 } },
    "limit k: 1.20 starts at 8 where 1 may be",
  ],
];

test.each(bad)("the checker finds %s", (_name, lines, facts, fault) => {
  expect(check(lines, facts).join("\n")).toContain(fault);
});

test("the checker finds nothing where nothing is wrong", () => {
  const rate = { key: "k", limit: 100, perMs: 1_000, burst: 1 };
  const lines = ["r1 enqueued", "r1 started 0", "r1 retried", "r1 started 10", "r1 succeeded"];
  expect(check(lines, { rate, line: "l", lane: { key: "k", limit: 1 } })).toEqual([]);
});
