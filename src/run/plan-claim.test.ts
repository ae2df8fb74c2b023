import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Controls } from "./controls.ts";
import { judge, rateOfCluster, ratesOf, type Candidate, type ClaimState, type Rate } from "./plan-claim.ts";

const now = 1_767_225_600_000;

function state(given: Partial<ClaimState> = {}): ClaimState {
  return { controls: noControls, seats: new Map(), rates: new Map(), now, ...given };
}

const noControls: Controls = { switches: new Map(), clusters: new Map(), gates: new Map() };

function candidate(given: Partial<Candidate> = {}): Candidate {
  return { id: "r1", action: "mail:send", lanes: [], rates: [], ...given };
}

const killed = { scope: "all", reason: "drill", actor: "user:ann", at: 0 };

test("[RUN-30] a run is held by a switch before its cluster, by its cluster before a gate, by a gate before a lane, by a lane before a limit", () => {
  const everything = candidate({
    cluster: "c1",
    lanes: [{ key: "full", limit: 0 }],
    rates: [{ key: "shut", limit: 0, perMs: 1_000 }],
  });
  const off = new Map([["c1", { id: "c1", enabled: false }]]);
  const gates = new Map([["all", { ...killed, mode: "stepper" as const }]]);
  const both = { switches: new Map([["all", killed]]), clusters: off, gates };
  expect(judge(everything, state({ controls: both }))).toEqual({ kind: "park", place: "switch:all" });
  const cluster = { switches: new Map(), clusters: off, gates };
  expect(judge(everything, state({ controls: cluster }))).toEqual({ kind: "park", place: "cluster:c1" });
  const gate = { ...noControls, gates };
  expect(judge(everything, state({ controls: gate }))).toEqual({ kind: "park", place: "gate:all" });
  expect(judge(everything, state())).toEqual({ kind: "park", place: "lane:full" });
  expect(judge({ ...everything, lanes: [] }, state())).toMatchObject({ kind: "wait", place: "limit:shut" });
  expect(judge(candidate(), state())).toEqual({ kind: "start" });
});

test("[RUN-30] a run behind a limit is told at which one, and when to look again", () => {
  const rate = { key: "customer", limit: 1, perMs: 400 };
  const full = state({ rates: new Map([["customer", now + 400]]) });
  expect(judge(candidate({ rates: [rate] }), full)).toEqual({
    kind: "wait",
    place: "limit:customer",
    rate,
    wakeAt: now + 400,
  });
});

test("[RUN-36] the limit of a cluster stands behind those of the run itself, as it is now", () => {
  const own: Rate = { key: "own", limit: 3, perMs: 1_000 };
  const limit = { limit: 5, perMs: 60_000, burst: 2 };
  const limited: Controls = {
    ...noControls,
    clusters: new Map([["c1", { id: "c1", enabled: true, limit }]]),
  };
  expect(ratesOf({ cluster: "c1", rates: [own] }, limited)).toEqual([
    own,
    { key: rateOfCluster("c1"), ...limit },
  ]);
  expect(ratesOf({ cluster: "c2", rates: [own] }, limited)).toEqual([own]);
  expect(ratesOf({ rates: [] }, limited)).toEqual([]);
});

const lane = fc.record({ key: fc.constantFrom("l1", "l2", "l3"), limit: fc.integer({ min: 1, max: 3 }) });
const rate = fc.record({
  key: fc.constantFrom("r1", "r2"),
  limit: fc.integer({ min: 0, max: 4 }),
  perMs: fc.constant(1_000),
});
const uniqueBy = <Item extends { readonly key: string }>(item: fc.Arbitrary<Item>): fc.Arbitrary<Item[]> =>
  fc.uniqueArray(item, { selector: ({ key }) => key, maxLength: 3 });

test("[RUN-31] a run that starts takes all its seats and units, and one that does not takes none", () => {
  const run = fc.record({ lanes: uniqueBy(lane), rates: uniqueBy(rate) });
  fc.assert(
    fc.property(fc.array(run, { maxLength: 30 }), (runs) => {
      const book = state();
      const started = new Map<string, number>();
      for (const [index, { lanes, rates }] of runs.entries()) {
        const seats = new Map(book.seats);
        const tats = new Map(book.rates);
        const verdict = judge(candidate({ id: `r${index}`, lanes, rates }), book);
        if (verdict.kind === "start") {
          for (const { key } of [...lanes, ...rates]) started.set(key, (started.get(key) ?? 0) + 1);
          for (const { key, limit } of lanes) expect(book.seats.get(key)).toBeLessThanOrEqual(limit);
          for (const { key } of rates) expect(book.rates.get(key)).toBeGreaterThan(tats.get(key) ?? now - 1);
        } else {
          expect([...book.seats]).toEqual([...seats]);
          expect([...book.rates]).toEqual([...tats]);
        }
      }
      for (const [key, count] of book.seats) expect(count).toBe(started.get(key) ?? 0);
    }),
  );
});
