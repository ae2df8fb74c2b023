import * as fc from "fast-check";
import { expect, test } from "vitest";
import { localAt, resolveLocal } from "./local-time.ts";
import { zoneOf } from "./zone.ts";

const hourMs = 3_600_000;
const paris = zoneOf("Europe/Paris");

test("[TIM-12] a local time that exists once is the instant at which the clock shows it", () => {
  expect(resolveLocal(paris, Date.UTC(2026, 6, 1, 9))).toEqual({
    kind: "unique",
    at: Date.UTC(2026, 6, 1, 7),
  });
});

test("[TIM-12] what the clock shows at any instant resolves to that instant, or to an overlap that holds it", () => {
  const zone = fc.constantFrom(...Intl.supportedValuesOf("timeZone"));
  fc.assert(
    fc.property(zone, fc.integer({ min: 0, max: Date.UTC(2050, 0, 1) }), (name, at) => {
      const found = resolveLocal(zoneOf(name), localAt(zoneOf(name), at));
      if (found.kind === "unique") expect(found.at).toBe(at);
      else expect(found).toMatchObject({ kind: "overlap" });
      if (found.kind === "overlap") expect([found.first, found.last]).toContain(at);
    }),
    { numRuns: 500 },
  );
});

test("[TIM-13] a gap names its change, its length and the time moved on by it", () => {
  expect(resolveLocal(paris, Date.UTC(2026, 2, 29, 2, 30))).toEqual({
    kind: "gap",
    changeAt: Date.UTC(2026, 2, 29, 1),
    lengthMs: hourMs,
    shiftedAt: Date.UTC(2026, 2, 29, 1, 30),
  });
});

test("[TIM-13] the first and the last moment of a gap are told from the moments beside it", () => {
  const kindAt = (...time: [number, number, number]): string =>
    resolveLocal(paris, Date.UTC(2026, 2, 29, ...time)).kind;
  expect([kindAt(1, 59, 59), kindAt(2, 0, 0), kindAt(2, 59, 59), kindAt(3, 0, 0)]).toEqual([
    "unique",
    "gap",
    "gap",
    "unique",
  ]);
});

test("[TIM-13] Samoa's lost day is one gap of a day", () => {
  // Samoa went from 29 to 31 December 2011.
  expect(resolveLocal(zoneOf("Pacific/Apia"), Date.UTC(2011, 11, 30, 12))).toMatchObject({
    kind: "gap",
    changeAt: Date.UTC(2011, 11, 30, 10),
    lengthMs: 24 * hourMs,
  });
});

test("[TIM-14] an overlap has a first and a last instant", () => {
  expect(resolveLocal(paris, Date.UTC(2026, 9, 25, 2, 30))).toEqual({
    kind: "overlap",
    first: Date.UTC(2026, 9, 25, 0, 30),
    last: Date.UTC(2026, 9, 25, 1, 30),
  });
});

test("[TIM-14] Lord Howe's half hour overlaps for half an hour", () => {
  const lordHowe = zoneOf("Australia/Lord_Howe");
  const kindAt = (hour: number, minute: number): string =>
    resolveLocal(lordHowe, Date.UTC(2026, 3, 5, hour, minute)).kind;
  expect([kindAt(1, 29), kindAt(1, 30), kindAt(1, 59), kindAt(2, 0)]).toEqual([
    "unique",
    "overlap",
    "overlap",
    "unique",
  ]);
});
