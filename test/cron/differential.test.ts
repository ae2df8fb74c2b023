// Random expressions that croner and cron-parser understand as we do must have the times that these two say.
// Where they do not understand alike, differences.ts says so, and the last test looks that it still does.
import { readFileSync } from "node:fs";
import { CronExpressionParser } from "cron-parser";
import { Cron as Croner } from "croner";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { nextTime, parseCron, previousTime } from "../../src/cron/index.ts";
import { changesBetween } from "../../src/time/changes.ts";
import { zoneOf } from "../../src/time/zone.ts";
import { differences, type Outcome } from "./differences.ts";
import { sampleCron, type SampleCron } from "./sample-cron.ts";

const dayMs = 86_400_000;
const seed = process.env["CRON_SEED"] === undefined ? {} : { seed: Number(process.env["CRON_SEED"]) };
const zones = [
  "UTC",
  "Europe/Paris",
  "America/New_York",
  "Australia/Lord_Howe",
  "Asia/Kathmandu",
  "America/Sao_Paulo",
  "Africa/Cairo",
  "America/St_Johns",
  "Antarctica/Troll",
];
const wanted = 4;

interface Case {
  readonly from: number;
  readonly timezone: string;
  readonly sample: SampleCron;
}

/** Half of the starts lie within hours of a change of the zone. */
const anyCase: fc.Arbitrary<Case> = fc
  .tuple(
    fc.constantFrom(...zones),
    fc.integer({ min: Date.UTC(1995, 0, 1), max: Date.UTC(2035, 0, 1) }),
    fc.boolean(),
  )
  .chain(([timezone, at, near]) => {
    const change = near ? changesBetween(zoneOf(timezone), at, at + 400 * dayMs)[0]?.at : undefined;
    const from = change === undefined ? at : change - (at % 20) * 3_600_000;
    return fc.record({
      from: fc.constant(from),
      timezone: fc.constant(timezone),
      sample: fc.boolean().chain((wholeMinutes) => sampleCron(from, wholeMinutes)),
    });
  });

function ourTimes(
  expression: string,
  options: Parameters<typeof parseCron>[1],
  from: number,
  timezone: string,
): Date[] {
  const cron = parseCron(expression, options);
  return collect(from, wanted, (after) => nextTime(cron, after, { timezone }));
}

function collect(from: number, count: number, next: (after: Date) => Date | null): Date[] {
  const times: Date[] = [];
  for (let at = next(new Date(from)); at !== null; at = times.length < count ? next(at) : null)
    times.push(at);
  return times;
}

/** Where croner and we agree on what is fixed: single values throughout, or a star somewhere. */
function isFixedAlike(sample: SampleCron): boolean {
  const fields = sample.text.split(" ");
  const times = fields.slice(0, fields.length > 5 ? 3 : 2);
  return !sample.fixed || times.every((field) => /^\d+$/.test(field));
}

test("[CRN-54] croner has the same times, gaps and overlaps included, where both dialects say the same", () => {
  const understood = anyCase.filter(
    ({ sample }) => isFixedAlike(sample) && !/l-\d/i.test(sample.text) && !/ \*\/\d+$/.test(sample.text),
  );
  let compared = 0;
  fc.assert(
    fc.property(understood, ({ from, timezone, sample }) => {
      const { text, dayMatch } = sample;
      const croner = new Croner(text, { timezone, paused: true, domAndDow: dayMatch === "and" });
      const theirs = collect(from, wanted, (after) => croner.nextRun(after));
      expect([text, dayMatch, ourTimes(text, { dayMatch }, from, timezone)]).toEqual([
        text,
        dayMatch,
        theirs,
      ]);
      compared += theirs.length;
    }),
    { numRuns: 500, ...seed },
  );
  expect(compared).toBeGreaterThan(500);
});

test("[CRN-54] cron-parser has the same times, forward and back, away from changes of the clock", () => {
  const repeats = /(?:^|[ ,])(\w+),(?:[^ ]*,)?\1(?:[ ,]|$)/;
  const understood = anyCase.filter(
    ({ sample }) =>
      sample.text.split(" ").length < 7 &&
      sample.dayMatch === "or" &&
      !/w|l-\d|#l/i.test(sample.text.split(" ").slice(-3).join(" ").replaceAll(/wed/gi, "")) &&
      !repeats.test(sample.text),
  );
  let compared = 0;
  fc.assert(
    fc.property(understood, ({ from, timezone, sample: { text } }) => {
      const ours = ourTimes(text, {}, from, timezone);
      const last = ours.at(-1)?.getTime() ?? Infinity;
      if (ours.length < wanted || last > from + 5_000 * dayMs) return;
      if (changesBetween(zoneOf(timezone), from - 2 * dayMs, last + 2 * dayMs).length > 0) return;
      const parser = CronExpressionParser.parse(text, { tz: timezone, currentDate: new Date(from) });
      expect([text, ours]).toEqual([text, Array.from({ length: wanted }, () => parser.next().toDate())]);
      const back = collect(last, wanted - 1, (before) => previousTime(parseCron(text), before, { timezone }));
      expect([text, back]).toEqual([text, Array.from({ length: wanted - 1 }, () => parser.prev().toDate())]);
      compared++;
    }),
    { numRuns: 500, ...seed },
  );
  expect(compared).toBeGreaterThan(60);
});

function outcome(count: number, times: () => Date[]): Outcome {
  try {
    const found = times().slice(0, count);
    return found.length === 0 ? "never" : found.map((time) => time.toISOString().slice(0, 16));
  } catch {
    return "refused";
  }
}

test.each(differences.map((difference) => [difference.expression, difference.reason, difference] as const))(
  "[CRN-54] the difference in %j still stands: %s",
  (expression, reason, difference) => {
    const { timezone = "UTC", after = "2026-08-01T00:00Z", ours, croner, cronParser } = difference;
    const from = Date.parse(after);
    const count = Math.max(
      ...[ours, croner, cronParser].map((times) => (typeof times === "string" ? 1 : times.length)),
    );
    expect(outcome(count, () => ourTimes(expression, {}, from, timezone))).toEqual(ours);
    const theirs = outcome(count, () => {
      const job = new Croner(expression, { timezone, paused: true });
      return collect(from, count, (at) => job.nextRun(at));
    });
    expect(theirs).toEqual(croner);
    const parsed = outcome(count, () => {
      const parser = CronExpressionParser.parse(expression, { tz: timezone, currentDate: new Date(from) });
      return Array.from({ length: count }, () => parser.next().toDate());
    });
    if (cronParser === "read") expect(parsed).not.toBe("refused");
    else expect(parsed).toEqual(cronParser);
    const reference = readFileSync(new URL("../../docs/reference/cron.md", import.meta.url), "utf8");
    expect(reference).toContain(`\`${expression}\``);
    expect(reference).toContain(reason);
  },
);
