import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { testClock } from "../testing/test-clock.ts";
import { sleepUntil, systemClock } from "./clock.ts";

const start = Date.UTC(2026, 0, 1);
const day = 86_400_000;

beforeEach(() => void vi.useFakeTimers({ now: start }));
afterEach(() => void vi.useRealTimers());

test("[BAS-50] a timer fires once, at its time and not before", () => {
  const fire = vi.fn<() => void>();
  systemClock.timer(start + 1_000, fire);
  vi.advanceTimersByTime(999);
  expect(fire).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(fire).toHaveBeenCalledOnce();
  vi.advanceTimersByTime(10 * day);
  expect(fire).toHaveBeenCalledOnce();
});

test("[BAS-50] a time that has passed fires at once, and never inside the call", () => {
  const fire = vi.fn<() => void>();
  systemClock.timer(start - 5, fire);
  expect(fire).not.toHaveBeenCalled();
  vi.advanceTimersByTime(0);
  expect(fire).toHaveBeenCalledOnce();
});

test("[BAS-51] a wait longer than timers can be is waited in pieces, to the millisecond", () => {
  const waits = vi.spyOn(globalThis, "setTimeout");
  let firedAt = 0;
  // setTimeout fires at once beyond 2^31-1 ms, which is 24.8 days.
  systemClock.timer(start + 40 * day + 7, () => {
    firedAt = Date.now();
  });
  vi.advanceTimersByTime(41 * day);
  expect(firedAt).toBe(start + 40 * day + 7);
  expect(Math.max(...waits.mock.calls.map(([, ms]) => ms ?? 0))).toBeLessThanOrEqual(60_000);
  waits.mockRestore();
});

test("[BAS-52] a jump of the clock over the time is noticed within a minute", () => {
  const fire = vi.fn<() => void>();
  systemClock.timer(start + 10 * day, fire);
  vi.advanceTimersByTime(1_000);
  vi.setSystemTime(start + 20 * day);
  vi.advanceTimersByTime(60_000);
  expect(fire).toHaveBeenCalledOnce();
});

test("[BAS-52] a clock that is set back makes a timer wait for its time", () => {
  const fire = vi.fn<() => void>();
  systemClock.timer(start + 30_000, fire);
  vi.advanceTimersByTime(10_000);
  vi.setSystemTime(start - 3_600_000);
  vi.advanceTimersByTime(3_600_000 + 29_999);
  expect(fire).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(fire).toHaveBeenCalledOnce();
});

test("[BAS-53] a timer that is cancelled never fires, also after many pieces", () => {
  const fire = vi.fn<() => void>();
  const timer = systemClock.timer(start + 10 * day, fire);
  vi.advanceTimersByTime(5 * day);
  timer.cancel();
  expect(vi.getTimerCount()).toBe(0);
  vi.advanceTimersByTime(10 * day);
  expect(fire).not.toHaveBeenCalled();
});

test("[BAS-54] a sleep ends at its time, or with the reason of its signal, and leaves nothing behind", async () => {
  const slept = vi.fn<() => void>();
  const controller = new AbortController();
  const quiet = sleepUntil(systemClock, start + 100, controller.signal).then(slept);
  const disturbed = sleepUntil(systemClock, start + 200, controller.signal);
  vi.advanceTimersByTime(100);
  await quiet;
  expect(slept).toHaveBeenCalledOnce();
  const reason = new Error("enough");
  controller.abort(reason);
  await expect(disturbed).rejects.toBe(reason);
  await expect(sleepUntil(systemClock, start + 300, controller.signal)).rejects.toBe(reason);
  expect(vi.getTimerCount()).toBe(0);
});

test("[BAS-54] a sleep on any clock follows that clock", async () => {
  vi.useRealTimers();
  const clock = testClock(start);
  const order: string[] = [];
  const long = sleepUntil(clock, start + 2 * day).then(() => order.push("long"));
  const short = sleepUntil(clock, start + day).then(() => order.push("short"));
  await clock.advance("3d");
  await Promise.all([long, short]);
  expect(order).toEqual(["short", "long"]);
});
