// Every zone, twice a day for fifty years, at an instant that moves through the day: the table against `Intl`.
import { describe, expect, test } from "vitest";
import { zoneOf } from "./zone.ts";

describe("every zone from 1990 to 2040", () => {
  test.each(Intl.supportedValuesOf("timeZone"))("[TIM-6] %s has the offsets of Intl", (name) => {
    const zone = zoneOf(name);
    const format = new Intl.DateTimeFormat("sv-SE", {
      timeZone: name,
      dateStyle: "short",
      timeStyle: "medium",
    });
    const wrong: string[] = [];
    // 12 hours, 7 minutes and 13 seconds.
    for (let at = Date.UTC(1990, 0, 1); at < Date.UTC(2040, 0, 1); at += 43_633_000) {
      const local = Date.parse(`${format.format(at).replace(" ", "T")}Z`);
      if (at + zone.offsetAt(at) !== local) wrong.push(new Date(at).toISOString());
    }
    expect(wrong).toEqual([]);
  });
});
