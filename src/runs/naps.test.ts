import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { EscapementError } from "../base/errors.ts";
import { testClock, type TestClock } from "../testing/test-clock.ts";
import { Naps } from "./naps.ts";

class World {
  readonly clock: TestClock = testClock();
  /** Whether something else is under way. */
  busy = false;
  readonly told: string[] = [];
  readonly naps: Naps<string> = new Naps(this.clock, () => !this.busy);

  nap(name: string, seconds: number, signal?: AbortSignal): void {
    const wakeAt = this.clock.now() + seconds * 1_000;
    this.naps.wait({ wakeAt, inside: undefined }, signal).then(
      () => this.told.push(`${name} woke`),
      (error: unknown) =>
        this.told.push(`${name}: ${EscapementError.is(error) ? error.code : String(error)}`),
    );
  }
}

test("[STP-33] when nothing else is under way, all who sleep are told so, and the first wakes them", async () => {
  const world = new World();
  world.nap("long", 60);
  world.nap("short", 5);
  expect(world.naps.until).toBeUndefined();
  await turn();
  await turn();
  expect(world.told).toEqual(["long: run.asleep", "short: run.asleep"]);
  expect(world.naps.until).toBe(world.clock.now() + 5_000);
  expect(world.naps.asleep?.message).toContain(new Date(world.clock.now() + 5_000).toISOString());
});

test("[STP-33] while something is under way they sleep right there, and wake in their order", async () => {
  const world = new World();
  world.busy = true;
  world.nap("long", 60);
  world.nap("short", 5);
  await world.clock.advance("30s");
  expect(world.told).toEqual(["short woke"]);
  world.busy = false;
  world.naps.reconsider();
  await world.clock.settle();
  expect(world.told).toEqual(["short woke", "long: run.asleep"]);
  expect(world.naps.until).toBe(world.clock.now() + 30_000);
});

test("[STP-36] who gives up is told why, and keeps nobody", async () => {
  const world = new World();
  const enough = new AbortController();
  world.nap("quitter", 5, enough.signal);
  world.nap("never began", 5, AbortSignal.abort("too late"));
  enough.abort("enough");
  await world.clock.settle();
  expect(world.told).toEqual(["never began: too late", "quitter: enough"]);
  expect(world.naps.until).toBeUndefined();
  await world.clock.advance("1m");
  expect(world.told).toHaveLength(2);
});

test("[STP-48] when the attempt ends, who sleeps is told why, and nothing rings any more", async () => {
  const world = new World();
  world.busy = true;
  world.nap("a", 5);
  await world.clock.settle();
  world.naps.end(new EscapementError("run.cancelled", "over"));
  await world.clock.advance("1m");
  expect(world.told).toEqual(["a: run.cancelled"]);
});
