import { expect, test } from "vitest";
import { judgeBacklog, judgeLeases, judgeSchema, judgeSubscriptions } from "./inspection.ts";

const now = 1_000_000_000;
const minute = 60_000;

test.each([
  ["the tables of this version", 3, true],
  ["older tables", 2, false],
  ["newer tables", 4, false],
  ["no tables", undefined, false],
])("[STO-150] a schema with %s", (_name, applied, ok) => {
  const finding = judgeSchema(applied, 3);
  expect([finding.ok, finding.advice === undefined]).toEqual([ok, ok]);
});

const alive = { node: "alive", leaseUntil: now + 1, runs: 5 };

test.each([
  ["everything under a lease", [alive], true],
  ["runs of a node without a lease", [alive, { node: "gone", leaseUntil: undefined, runs: 1 }], false],
  ["a lease that is just over", [alive, { node: "dead", leaseUntil: now - minute, runs: 1 }], true],
  ["a lease long over", [alive, { node: "dead", leaseUntil: now - minute - 1, runs: 1 }], false],
  ["a lease long over, of nothing", [alive, { node: "dead", leaseUntil: 0, runs: 0 }], true],
  ["a lease long over, and nobody to take over", [{ node: "dead", leaseUntil: 0, runs: 3 }], true],
])("[STO-150] leases with %s", (_name, holdings, ok) => {
  expect(judgeLeases(holdings, now).ok).toBe(ok);
});

test("[STO-150] a fault of the leases names the node", () => {
  const { detail } = judgeLeases([alive, { node: "gone", leaseUntil: undefined, runs: 2 }], now);
  expect(detail).toContain('2 runs of "gone"');
});

test.each([
  ["nothing is late", { oldest: now, next: now + minute }, true, [true, true]],
  ["work waits for six minutes", { oldest: now - 6 * minute, next: now }, true, [false, true]],
  ["the scheduler is two minutes behind", { oldest: now, next: now - 2 * minute }, true, [true, false]],
  ["all of it is late, but nobody is there", { oldest: 0, next: 0 }, false, [true, true]],
])("[STO-150] when %s", (_name, { oldest, next }, isAnybodyThere, expected) => {
  const backlog = { runs: 1, oldestDueAt: oldest, nextTaskDueAt: next };
  expect(judgeBacklog(backlog, { now, isAnybodyThere }).map(({ ok }) => ok)).toEqual(expected);
});

test("[STO-150] a subscription that fails again and again is named with its event and its error", () => {
  const well = { name: "mailer", seq: 7, failures: 4, error: "away", createdAt: now, movedAt: now };
  expect(judgeSubscriptions([]).ok).toBe(true);
  expect(judgeSubscriptions([well])).toEqual({
    what: "subscriptions",
    ok: true,
    detail: "all go on: mailer",
  });
  const { ok, detail } = judgeSubscriptions([well, { ...well, name: "audit", failures: 5, error: "No." }]);
  expect([ok, detail]).toEqual([false, '"audit" has failed 5 times behind event 7: No.']);
});
