// The invariant of the skip ledger, for random tasks woken at random moments.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { timesBetween } from "../schedule/times.ts";
import { expandSpan } from "./expand-span.ts";
import { lostTimes } from "./omitted-spans.ts";
import { planFire, type FirePlan } from "./plan-fire.ts";
import { planResume } from "./plan-resume.ts";
import { ruleOf } from "./rule-of.ts";
import type { SkipSpan } from "./skip.ts";
import type { TaskDefinition } from "./task.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
/** The nights around which clocks change in Paris, New York, Lord Howe and Havana are in the weeks after these. */
const begins = ["2026-03-06", "2026-03-27", "2026-04-03", "2026-10-02", "2026-10-23", "2026-10-30"].map(
  (day) => Date.parse(day),
);
const zones = ["UTC", "Europe/Paris", "America/New_York", "Australia/Lord_Howe", "America/Havana"];

const schedules: Partial<TaskDefinition>[] = [
  { type: "cron", schedule: "*/7 * * * *" },
  { type: "cron", schedule: "30 * * * *" },
  { type: "cron", schedule: "*/20 0-3 * * *" },
  { type: "cron", schedule: "0,15,30 2 * * *" },
  { type: "cron", schedule: "0 9 * * 1-5" },
  { type: "interval", schedule: "13m" },
  { type: "interval", schedule: "90m", every: "wall" },
  { type: "interval", schedule: "1d", every: "wall" },
];

const base: TaskDefinition = {
  id: "law",
  name: "law",
  enabled: true,
  action: "a:b",
  params: {},
  type: "cron",
  schedule: "",
};

/** Keeps only what was drawn: absent is not undefined. */
function present(drawn: Record<string, unknown>): Partial<TaskDefinition> {
  return Object.fromEntries(Object.entries(drawn).filter(([, value]) => value !== undefined));
}

const definition = fc
  .tuple(
    fc.constantFrom(...schedules),
    fc.constantFrom(...zones),
    fc.constantFrom(...begins),
    fc
      .record({
        dst: fc.constantFrom("vixie", "skip", "shift", "first", "last", "both", undefined),
        overlap: fc.constantFrom("skip", "queue one", "queue all", "cancel running", "allow", undefined),
        maxConcurrent: fc.constantFrom(1, 2, 5, undefined),
        missed: fc.constantFrom("latest", "none", "all", undefined),
        missedWindow: fc.constantFrom(0, hourMs, 3 * dayMs, undefined),
        missedLimit: fc.constantFrom(1, 2, 50, undefined),
        jitter: fc.constantFrom(minuteMs, 3 * hourMs, undefined),
        maxRuns: fc.constantFrom(1, 20, undefined),
        endAt: fc.constantFrom(
          undefined,
          undefined,
          Date.parse("2026-03-30T08:00Z"),
          Date.parse("2026-11-02"),
        ),
        exclude: fc.constantFrom(
          undefined,
          ["2026-03-29", "2026-10-25"],
          ["* 3 * * *"],
          ["0-29 5 * * *", "* * * * 0"],
        ),
      })
      .map(present),
  )
  .map(([schedule, timezone, begin, policies]): { definition: TaskDefinition; begin: number } => ({
    definition: {
      ...base,
      ...(schedule.type === "interval" ? { anchor: begin + 8 * minuteMs } : {}),
      ...schedule,
      ...policies,
      timezone,
    },
    begin,
  }));

interface Wake {
  readonly waitMs: number;
  readonly live: number;
  readonly blocked: "switch" | "limit" | null;
  readonly resumes: boolean;
}

const wake: fc.Arbitrary<Wake> = fc.record({
  // Mostly short waits, sometimes days, sometimes a clock that goes back.
  waitMs: fc.oneof(
    fc.integer({ min: 0, max: 20 * minuteMs }),
    // Whole minutes, so that a plan often ends exactly on a nominal time.
    fc.integer({ min: 0, max: 90 }).map((minutes) => minutes * minuteMs),
    fc.integer({ min: -hourMs, max: 5 * hourMs }),
    fc.integer({ min: 0, max: 2 * dayMs }),
  ),
  live: fc.integer({ min: 0, max: 3 }),
  blocked: fc.constantFrom(null, null, null, null, "switch" as const, "limit" as const),
  resumes: fc.integer({ min: 0, max: 9 }).map((draw) => draw === 0),
});

interface History {
  readonly runs: number[];
  readonly skips: SkipSpan[];
  readonly cursor: number;
  readonly plans: { readonly plan: FirePlan; readonly wake: Wake; readonly now: number }[];
}

function live(task: TaskDefinition, begin: number, wakes: readonly Wake[]): History {
  const rule = ruleOf(task.id, task);
  const history: History = { runs: [], skips: [], cursor: begin, plans: [] };
  let cursor = begin;
  let now = begin;
  for (const wake of wakes) {
    now += wake.waitMs;
    if (wake.resumes) {
      const resumed = planResume({ definition: task, rule, cursor, now });
      history.skips.push(...resumed.skips);
      cursor = resumed.cursor;
      continue;
    }
    const plan = planFire({
      id: task.id,
      definition: task,
      rule,
      cursor,
      now,
      fired: history.runs.length,
      live: Array.from({ length: wake.live }, (_, index) => ({ id: `live-${index}`, running: true })),
      ...(wake.blocked === null ? {} : { blocked: wake.blocked }),
    });
    history.runs.push(...plan.runs.map(({ at }) => at));
    history.skips.push(...plan.skips);
    history.plans.push({ plan, wake, now });
    cursor = plan.cursor;
  }
  return { ...history, cursor };
}

function ascending(times: readonly number[]): number[] {
  return times.toSorted((a, b) => a - b);
}

/** `toEqual` takes milliseconds for a thousand numbers, so it is asked for the message only. */
function expectSame(actual: readonly number[], expected: readonly number[]): void {
  if (actual.join() !== expected.join()) expect(actual).toEqual(expected);
}

const life = fc.tuple(definition, fc.array(wake, { minLength: 1, maxLength: 25 }));

describe("whatever happens to a task", () => {
  test("[TSK-21] every nominal time ends as exactly one of run or skipped", () => {
    fc.assert(
      fc.property(life, ([{ definition: task, begin }, wakes]) => {
        const rule = ruleOf(task.id, task);
        const { runs, skips, cursor } = live(task, begin, wakes);
        const unrolled = skips.flatMap((span) => Array.from(expandSpan(rule, span)));
        const nominal = [
          ...timesBetween(rule, begin + 1, cursor),
          ...rule.excluded(begin + 1, cursor),
          ...lostTimes(rule, begin + 1, cursor),
        ];
        expectSame(ascending([...runs, ...unrolled]), ascending(nominal));
      }),
      { numRuns: 250 },
    );
  });

  test("[TSK-45] the count of a span is the number of times that it unrolls to", () => {
    fc.assert(
      fc.property(life, ([{ definition: task, begin }, wakes]) => {
        const rule = ruleOf(task.id, task);
        for (const span of live(task, begin, wakes).skips) {
          const times = [...expandSpan(rule, span)];
          expect(times.length).toBe(span.count);
          expect([times[0], times.at(-1)]).toEqual([span.at, span.until]);
        }
      }),
      { numRuns: 80 },
    );
  });

  test("[TSK-24] no plan moves the cursor back, fires ahead of time or twice", () => {
    fc.assert(
      fc.property(life, ([{ definition: task, begin }, wakes]) => {
        let cursor = begin;
        const { plans, runs } = live(task, begin, wakes);
        for (const { plan, now } of plans) {
          expect(plan.cursor).toBeGreaterThanOrEqual(cursor);
          for (const { at, dueAt } of plan.runs) {
            expect(dueAt).toBeLessThanOrEqual(now);
            expect(dueAt).toBeGreaterThanOrEqual(at);
            expect(at).toBeGreaterThan(cursor);
          }
          cursor = plan.cursor;
        }
        expect(runs).toEqual(ascending([...new Set(runs)]));
      }),
      { numRuns: 80 },
    );
  });

  test("[TSK-23] nothing is due between a plan and its next wake-up", () => {
    fc.assert(
      fc.property(
        life,
        fc.double({ min: 0, max: 0.999_999, noNaN: true }),
        ([{ definition: task, begin }, wakes], part) => {
          const rule = ruleOf(task.id, task);
          for (const { plan, now } of live(task, begin, wakes).plans) {
            if (plan.nextDue === null) continue;
            const idle = { id: task.id, definition: task, rule, cursor: plan.cursor, fired: 0, live: [] };
            const early = Math.floor(now + (plan.nextDue - now) * part);
            if (early < plan.nextDue)
              expect(planFire({ ...idle, now: early })).toMatchObject({ runs: [], nextDue: plan.nextDue });
            const onTime = planFire({ ...idle, now: plan.nextDue });
            expect(onTime.runs).toHaveLength(1);
          }
        },
      ),
      { numRuns: 80 },
    );
  });

  test("[TSK-36] no plan leaves more runs than the overlap policy allows", () => {
    fc.assert(
      fc.property(life, ([{ definition: task, begin }, wakes]) => {
        const bound = task.maxConcurrent ?? (task.overlap === "allow" ? Infinity : 1);
        for (const { plan, wake } of live(task, begin, wakes).plans) {
          const unfinished = wake.live - plan.cancel.length + plan.runs.length;
          if (plan.runs.length === 0) continue;
          if (task.overlap === "cancel running" || task.overlap === "allow")
            expect(unfinished).toBeLessThanOrEqual(Math.max(bound, wake.live));
          if (task.overlap === "skip" || task.overlap === undefined) expect(wake.live).toBeLessThan(bound);
          if (task.overlap === "queue one") expect(wake.live).toBeLessThan(bound + 1);
          expect(plan.runs.length).toBeLessThanOrEqual(task.missed === "all" ? (task.missedLimit ?? 100) : 1);
        }
      }),
      { numRuns: 80 },
    );
  });
});
