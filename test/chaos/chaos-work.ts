// The work that is done in the middle of trouble: runs with lines, lanes, limits, steps and bad luck. Every node defines
// the same actions; the checker knows their bounds from here.
import { setTimeout as sleep } from "node:timers/promises";
import type { Random } from "../../src/base/random.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";

export const laneLimit = 3;
export const rate = { limit: 40, perMs: 1_000, burst: 10 } as const;
export const tickMs = 100;
export const tickTask = "chaos-tick";

const keys = ["a", "b", "c"];

export interface ChaosInput {
  /** The key of the lane or of the limit. */
  readonly of: string;
}

/** Every kill uses up an attempt of whatever is under way, so there are many. */
const retry = { attempts: 60, delay: 20, factor: 1 } as const;

export function addChaosWork(runtime: Runtime, random: Random): void {
  const work = async (): Promise<void> => {
    await sleep(random.next() * 15);
    if (random.next() < 0.05) throw new Error("bad luck");
  };
  runtime.action("chaos:plain", { retry, run: work });
  runtime.action("chaos:line", { retry, run: work });
  runtime.action<ChaosInput, void>("chaos:narrow", {
    retry,
    concurrency: { limit: laneLimit, key: ({ of }) => of },
    run: work,
  });
  runtime.action<ChaosInput, void>("chaos:limited", {
    retry,
    rate: { limit: rate.limit, per: rate.perMs, burst: rate.burst, key: ({ of }) => of },
    run: work,
  });
  runtime.action("chaos:steps", {
    retry,
    async run(_input, ctx) {
      const first = await ctx.step("first", () => random.next());
      await work();
      // What was drawn once stays what it was, on whatever node and attempt.
      const second = await ctx.step("second", () => first);
      if (first !== second) throw new Error("a step was forgotten");
    },
  });
  runtime.action("chaos:tick", { retry, run: work });
}

/** A handful of runs of every sort. */
export function someRuns(random: Random, count: number): { action: string; input: ChaosInput }[] {
  return Array.from({ length: count }, () => {
    const of = keys[Math.floor(random.next() * keys.length)] ?? "a";
    const draw = random.next();
    const action =
      draw < 0.6
        ? "chaos:plain"
        : draw < 0.8
          ? "chaos:narrow"
          : draw < 0.97
            ? "chaos:steps"
            : "chaos:limited";
    return { action, input: { of } };
  });
}

export async function registerTick(runtime: Runtime): Promise<void> {
  await runtime.tasks.register({
    id: tickTask,
    type: "interval",
    schedule: tickMs,
    action: "chaos:tick",
    overlap: "allow",
    missed: "all",
    missedLimit: 10_000,
  });
}
