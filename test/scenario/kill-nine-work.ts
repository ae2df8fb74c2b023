// The work of the processes that are killed: short, in no hurry to be caught between two moments, and never the same.
import { setTimeout as sleep } from "node:timers/promises";
import type { Runtime } from "../../src/runtime/runtime.ts";

export function addWork(runtime: Runtime): void {
  runtime.action("work:do", {
    // Every kill uses up an attempt of whatever is under way.
    retry: { attempts: 50, delay: 5, factor: 1, jitter: false },
    async run(_input, ctx) {
      await sleep(Math.random() * 8);
      if (Math.random() < 0.1) throw new Error("bad luck");
      return ctx.attempt;
    },
  });
}
