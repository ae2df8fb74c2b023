import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { EventLoopDelay } from "./event-loop-delay.ts";

function block(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

test("[HST-4] a blocked loop shows as the largest delay, once", async () => {
  using delay = new EventLoopDelay();
  expect(delay.take()).toBeUndefined();
  await pause(50);
  block(150);
  await pause(50);
  const blocked = delay.take();
  expect(blocked?.maxMs).toBeGreaterThan(120);
  await pause(100);
  expect(delay.take()?.maxMs).toBeLessThan(120);
});

test("[HST-4] an idle loop has next to no delay, although it is looked at only now and then", async () => {
  using delay = new EventLoopDelay();
  delay.take();
  await pause(300);
  expect(delay.take()?.p50Ms).toBeLessThan(5);
});

test("[HST-10] a disposed monitor measures nothing more", async () => {
  const delay = new EventLoopDelay();
  delay.take();
  delay[Symbol.dispose]();
  await pause(50);
  expect(delay.take()).toBeUndefined();
  delay[Symbol.dispose]();
});
