// A process that works on one run until it is done, or until somebody kills it. What its steps do to the world outside
// they write into a file, line by line.
import { appendFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { createRuntime } from "escapement";
import { sqlite } from "escapement/sqlite";

const [database = "", notes = "", steps = "0"] = process.argv.slice(2);
const note = (line: string): void => appendFileSync(notes, `${line}\n`);

const runtime = await createRuntime({ storage: sqlite(database) });
runtime.action("mortal:work", {
  retry: { attempts: 100, delay: 0 },
  run: async (_input, ctx) => {
    let sum = 0;
    for (let number = 1; number <= Number(steps); number++) {
      sum += await ctx.step(`step ${number}`, async () => {
        await sleep(5);
        note(`did ${number}`);
        await sleep(5);
        return number;
      });
      note(`kept ${number}`);
      if (number % 5 === 0) await ctx.sleep(100);
    }
    return sum;
  },
});
await runtime.start();
const run = await runtime.runs.enqueue("mortal:work", null, { key: "the only one" });
note("begun");
const { result } = await runtime.runs.wait(run.id);
note(`result ${JSON.stringify(result)}`);
await runtime.stop();
