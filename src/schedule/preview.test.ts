import { describe, expect, test } from "vitest";
import { parseRule } from "./parse-rule.ts";
import { jitterOf } from "./jitter.ts";
import { preview, type PreviewOptions } from "./preview.ts";
import type { ScheduleDefinition } from "./schedule-definition.ts";

function previewed(
  definition: Partial<ScheduleDefinition>,
  from: string,
  options: Partial<PreviewOptions> = {},
): [local: string, note: string | undefined][] {
  const rule = parseRule({ type: "cron", schedule: "30 2 * * *", timezone: "Europe/Paris", ...definition });
  const times = preview(rule, { from: Date.parse(from), count: 1, ...options });
  return times.map(({ local, note }) => [local, note]);
}

describe("a preview", () => {
  test("[SCH-28] gives the next times as instants and on the local clock", () => {
    const rule = parseRule({ type: "cron", schedule: "0 9 * * 1-5", timezone: "America/New_York" });
    const from = Date.parse("2026-06-05T13:00Z");
    expect(preview(rule, { from, count: 2 })).toEqual([
      { at: Date.parse("2026-06-08T13:00Z"), local: "2026-06-08 09:00:00 -04:00 (America/New_York)" },
      { at: Date.parse("2026-06-09T13:00Z"), local: "2026-06-09 09:00:00 -04:00 (America/New_York)" },
    ]);
  });

  test("[SCH-28] gives fewer when the rule ends", () => {
    expect(previewed({ type: "once", schedule: "2026-07-01" }, "2026-06-01", { count: 5 })).toEqual([
      ["2026-07-01 02:00:00 +02:00 (Europe/Paris)", undefined],
    ]);
  });

  test("[SCH-28] shows milliseconds only when there are some", () => {
    expect(previewed({ type: "once", schedule: "1500", timezone: "UTC" }, "1970-01-01")[0]?.[0]).toBe(
      "1970-01-01 00:00:01.500 +00:00 (UTC)",
    );
  });

  test("[SCH-29] notes a time that stands for one inside a gap", () => {
    const moved = "2026-03-29 02:30 does not exist (clocks go from 02:00 to 03:00): runs at";
    expect(previewed({ dst: "vixie" }, "2026-03-28T12:00Z")).toEqual([
      ["2026-03-29 03:00:00 +02:00 (Europe/Paris)", `${moved} 03:00`],
    ]);
    expect(previewed({ dst: "shift" }, "2026-03-28T12:00Z")).toEqual([
      ["2026-03-29 03:30:00 +02:00 (Europe/Paris)", `${moved} 03:30`],
    ]);
  });

  test("[SCH-29] notes times inside a gap that do not run", () => {
    expect(previewed({ dst: "skip" }, "2026-03-28T12:00Z")).toEqual([
      [
        "2026-03-30 02:30:00 +02:00 (Europe/Paris)",
        "2026-03-29 02:30 before it does not exist (clocks go from 02:00 to 03:00)",
      ],
    ]);
    const rhythm = previewed({ schedule: "*/15 * * * *" }, "2026-03-29T00:40Z", { count: 3 });
    expect(rhythm.map(([, note]) => note)).toEqual([
      undefined,
      "2026-03-29 02:00 and 3 more times before it do not exist (clocks go from 02:00 to 03:00)",
      undefined,
    ]);
  });

  test("[SCH-30] notes a time that the clock shows twice", () => {
    expect(previewed({}, "2026-10-24T12:00Z")[0]?.[1]).toBe(
      "2026-10-25 02:30 comes twice: runs the first time only",
    );
    const hourly = previewed({ schedule: "30 * * * *" }, "2026-10-25T00:00Z", { count: 2 });
    expect(hourly.map(([, note]) => note)).toEqual([
      "2026-10-25 02:30 comes twice: this is the first time",
      "2026-10-25 02:30 comes twice: this is the second time",
    ]);
  });

  test("[SCH-31] counts the excluded times passed over", () => {
    const daily = { schedule: "0 9 * * *", exclude: ["2026-12-25", "* * 26-31 12 *"] };
    expect(previewed(daily, "2026-12-24T12:00Z")[0]).toEqual([
      "2027-01-01 09:00:00 +01:00 (Europe/Paris)",
      "7 times before it, from 2026-12-25 09:00 on, are excluded",
    ]);
    expect(previewed({ ...daily, exclude: ["2026-12-25"] }, "2026-12-24T12:00Z")[0]?.[1]).toBe(
      "2026-12-25 09:00 before it is excluded",
    );
  });

  test("[SCH-32] tells the jitter and when the run is due", () => {
    const at = Date.parse("2026-06-01T07:00Z");
    const jitter = jitterOf("digest", at, 30_000, at + 86_400_000);
    const due = new Date(at + 2 * 3_600_000 + jitter).toISOString().slice(11, 23);
    expect(
      previewed({ schedule: "0 9 * * *" }, "2026-06-01T00:00Z", { jitter: { id: "digest", ms: 30_000 } }),
    ).toEqual([["2026-06-01 09:00:00 +02:00 (Europe/Paris)", `up to 30s of jitter: due at ${due}`]]);
  });
});
