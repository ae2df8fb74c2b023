// A task of several passes whose node dies in the middle: each pass that was finished stays finished.
import { expect, test } from "vitest";
import { createRuntime } from "../../src/runtime/create-runtime.ts";
import { sqlite } from "../../src/sqlite/index.ts";
import { seededRandom, testClock } from "../../src/testing/index.ts";
import { MortalClock } from "../support/mortal-clock.ts";
import { storageOver } from "../support/storage-over.ts";

test("[TKS-14] a crash resumes at the pass it was in, with the input of that pass", async () => {
  const clock = testClock();
  const memory = sqlite(":memory:");
  await memory.open();
  clock.attach(() => memory.settled());
  const seen: string[] = [];
  const boot = async (hangsAt: number): Promise<() => void> => {
    const mortal = new MortalClock(clock);
    let dead = false;
    const storage = storageOver(memory, {
      open: () => Promise.resolve(),
      close: () => Promise.resolve(),
      onCommit: (listener) => memory.onCommit((hint) => void (dead || listener(hint))),
    });
    const runtime = await createRuntime({
      storage,
      clock: mortal,
      random: seededRandom("passes"),
      node: "worker",
    });
    runtime.action("work:sum", {
      run(input, ctx) {
        const { sum } = Object(input);
        seen.push(`pass ${ctx.pass} attempt ${ctx.attempt} with ${sum}`);
        return ctx.pass === hangsAt ? new Promise<null>(() => undefined) : { sum: Number(sum) + ctx.pass };
      },
    });
    await runtime.tasks.register({
      id: "sum",
      type: "once",
      schedule: clock.now(),
      action: "work:sum",
      params: { sum: 0 },
      passes: 3,
    });
    await runtime.start();
    await clock.advance("1m");
    return () => {
      dead = true;
      mortal.kill();
    };
  };
  const die = await boot(2);
  die();
  await boot(0);
  expect(seen).toEqual([
    "pass 1 attempt 1 with 0",
    "pass 2 attempt 1 with 1",
    "pass 2 attempt 2 with 1",
    "pass 3 attempt 1 with 3",
  ]);
  const { items } = await memory.runs.list({ limit: 10 });
  expect(items.map((run) => [run.state, run.result])).toEqual([["succeeded", '{"sum":6}']]);
  expect((await memory.tasks.get({ id: "sum" }))?.runCount).toBe(1);
  await memory.close();
});
