import * as fc from "fast-check";
import { expect, test } from "vitest";
import { cpuLoad, type CoreTimes } from "./cpu-load.ts";

function core(busyMs: number, idleMs: number): CoreTimes {
  return { user: busyMs, nice: 0, sys: 0, irq: 0, idle: idleMs };
}

test("[HST-1] a quarter of the time busy is 25 percent", () => {
  const before = [core(1000, 5000), core(0, 0)];
  const after = [core(1050, 5050), core(0, 100)];
  expect(cpuLoad(before, after)).toEqual({ percent: 25, corePercents: [50, 0] });
});

test("[HST-1] user, nice, system and interrupts are all busy time", () => {
  const none = { user: 0, nice: 0, sys: 0, irq: 0, idle: 0 };
  expect(cpuLoad([none], [{ user: 1, nice: 2, sys: 3, irq: 4, idle: 10 }])?.percent).toBe(50);
});

test("[HST-1] without time or with other cores there is no answer", () => {
  expect(cpuLoad([core(5, 5)], [core(5, 5)])).toBeUndefined();
  expect(cpuLoad([], [])).toBeUndefined();
  expect(cpuLoad([core(1, 1)], [core(2, 2), core(2, 2)])).toBeUndefined();
});

test("[HST-1] the answer stays between 0 and 100, even when a counter steps back", () => {
  const times = fc.record({
    user: fc.nat(),
    nice: fc.nat(),
    sys: fc.nat(),
    idle: fc.nat(),
    irq: fc.nat(),
  });
  fc.assert(
    fc.property(fc.array(fc.tuple(times, times), { minLength: 1, maxLength: 8 }), (cores) => {
      const load = cpuLoad(
        cores.map(([before]) => before),
        cores.map(([, after]) => after),
      );
      for (const percent of load === undefined ? [] : [load.percent, ...load.corePercents]) {
        expect(percent).toBeGreaterThanOrEqual(0);
        expect(percent).toBeLessThanOrEqual(100);
      }
    }),
  );
});
