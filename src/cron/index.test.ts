import { expect, test } from "vitest";
import {
  CronError,
  describe as inWords,
  matches,
  nextTime,
  parseCron,
  previousTime,
  type Cron,
} from "./index.ts";

const cron: Cron = parseCron("30 2 * * *");
const text = "2026-03-28T12:00:00Z";

test("[CRN-51] an instant may be a Date, milliseconds or ISO text, and a Date comes back", () => {
  const expected = new Date("2026-03-29T02:30:00Z");
  for (const after of [text, Date.parse(text), new Date(text), "2026-03-28T13:00:00+01:00"]) {
    expect(nextTime(cron, after)).toEqual(expected);
  }
  expect(previousTime(cron, text)).toEqual(new Date("2026-03-28T02:30:00Z"));
  expect(matches(cron, "2026-03-28T02:30:00Z")).toBe(true);
  expect(nextTime(parseCron("0 0 30 2 *"), text)).toBeNull();
  expect(previousTime(parseCron("0 0 30 2 *"), text)).toBeNull();
});

test("[CRN-51] the zone is UTC and the preset vixie unless said otherwise", () => {
  const options = { timezone: "Europe/Paris" } as const;
  expect(nextTime(cron, text, options)).toEqual(new Date("2026-03-29T01:00:00Z"));
  expect(nextTime(cron, text, { ...options, dst: "shift" })).toEqual(new Date("2026-03-29T01:30:00Z"));
  expect(previousTime(cron, "2026-03-29T12:00Z", { ...options, dst: "skip" })).toEqual(
    new Date("2026-03-28T01:30:00Z"),
  );
  expect(matches(cron, "2026-03-28T01:30:00Z", options)).toBe(true);
  expect(inWords(cron)).toBe("at 02:30 every day");
});

test("[CRN-52] what cannot be understood is refused, each with its own code", () => {
  expect(() => parseCron("nonsense")).toThrow(CronError);
  expect(() => nextTime(cron, "yesterday")).toThrow(expect.objectContaining({ code: "instant.invalid" }));
  expect(() => nextTime(cron, text, { timezone: "Mars/Olympus" })).toThrow(
    expect.objectContaining({ code: "zone.unknown" }),
  );
  const misspelt: unknown[] = [cron, text, { dst: "vixi" }];
  expect(() => Reflect.apply(nextTime, undefined, misspelt)).toThrow(
    expect.objectContaining({ code: "options.invalid", message: expect.stringContaining('"vixie", "skip"') }),
  );
  expect(() => Reflect.apply(previousTime, undefined, misspelt)).toThrow(/Unknown DST preset "vixi"/);
});
