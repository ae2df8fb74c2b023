import * as fc from "fast-check";
import { expect, test } from "vitest";
import { testClock } from "./test-clock.ts";

const start = Date.UTC(2026, 0, 1);

test("[TST-1] the clock stands still until it is told to move", async () => {
  const clock = testClock("2026-01-01T00:00:00Z");
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect([clock.now(), clock.elapsed()]).toEqual([start, 0]);
  await clock.advance("1h 30m");
  expect([clock.now(), clock.elapsed()]).toEqual([start + 5_400_000, 5_400_000]);
  await clock.advanceTo("2026-01-02");
  expect(clock.now()).toBe(start + 86_400_000);
});

test("[TST-2] everything due on the way fires in order, each at its own time", async () => {
  const waits = fc.array(fc.nat(1_000), { maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(waits, fc.nat(1_000), async (delays, length) => {
      const clock = testClock(start);
      const fired: [number, number][] = [];
      delays.forEach((delay, index) =>
        clock.timer(start + delay, () => fired.push([clock.now() - start, index])),
      );
      await clock.advance(length);
      const due = delays
        .map((delay, index): [number, number] => [delay, index])
        .filter(([delay]) => delay <= length);
      expect(fired).toEqual(due.toSorted((one, other) => one[0] - other[0] || one[1] - other[1]));
    }),
    { numRuns: 20 },
  );
});

test("[TST-2] what a timer sets up on the way fires on the way, too", async () => {
  const clock = testClock(start);
  const fired: number[] = [];
  const again = (): void => {
    fired.push(clock.now() - start);
    clock.timer(clock.now() + 400, again);
  };
  clock.timer(start + 400, again);
  clock.timer(start - 1, () => fired.push(-1));
  await clock.advance(1_500);
  expect(fired).toEqual([-1, 400, 800, 1_200]);
});

test("[TST-2] what was set in motion comes to rest before time goes on", async () => {
  const clock = testClock(start);
  const log: string[] = [];
  clock.timer(start + 10, () => {
    void (async () => {
      for (let step = 0; step < 5; step++) await new Promise((resolve) => setImmediate(resolve));
      log.push(`first at ${clock.now() - start}`);
    })();
  });
  // The work takes more turns than the clock waits by itself; whoever works says so.
  clock.attach(() => Promise.resolve(log.length === 0 && clock.now() === start + 10));
  clock.timer(start + 20, () => log.push(`second at ${clock.now() - start}`));
  await clock.advance(30);
  expect(log).toEqual(["first at 10", "second at 20"]);
});

test("[TST-3] a timer that is cancelled does not fire, also when that happens on the way", async () => {
  const clock = testClock(start);
  const fired: string[] = [];
  const timer = clock.timer(start + 20, () => fired.push("cancelled"));
  clock.timer(start + 10, () => timer.cancel());
  clock.timer(start + 20, () => fired.push("kept"));
  await clock.advance(50);
  timer.cancel();
  expect(fired).toEqual(["kept"]);
});

test("[TST-4] a jump forward makes everything on the way fire late, at the time of the jump", async () => {
  const clock = testClock(start);
  const fired: number[] = [];
  for (const delay of [300, 100, 200]) clock.timer(start + delay, () => fired.push(clock.now() - start));
  await clock.jump(start + 1_000);
  expect(fired).toEqual([1_000, 1_000, 1_000]);
});

test("[TST-4] a jump back fires nothing, and what was set waits for its time", async () => {
  const clock = testClock(start);
  let firedAt = 0;
  clock.timer(start + 100, () => {
    firedAt = clock.now();
  });
  await clock.jump(start - 86_400_000);
  expect([clock.now(), firedAt]).toEqual([start - 86_400_000, 0]);
  await clock.advance(86_400_000 + 99);
  expect(firedAt).toBe(0);
  await clock.advance(1);
  expect(firedAt).toBe(start + 100);
});

test("[TST-4] elapsed time follows what passes and not what is set", async () => {
  const clock = testClock(start);
  await clock.advance(500);
  await clock.jump(start - 10_000);
  await clock.jump(start + 10_000);
  await clock.advance(250);
  expect(clock.elapsed()).toBe(750);
});

test("[TST-5] advancing into the past is refused, and says what to do", async () => {
  const clock = testClock(start);
  await expect(clock.advanceTo(start - 1)).rejects.toThrow(/jump/);
  expect(() => clock.advance("-5m")).toThrow(expect.objectContaining({ code: "duration.invalid" }));
  expect(clock.now()).toBe(start);
});

test("[TST-6] a worker that is detached is waited for no longer", async () => {
  const clock = testClock(start);
  const detach = clock.attach(() => Promise.resolve(true));
  detach();
  await clock.advance("1s");
  expect(clock.now()).toBe(start + 1_000);
});
