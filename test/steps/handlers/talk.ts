// A handler in a thread that uses everything its context has.
import { appendFileSync } from "node:fs";
import { isMainThread, threadId } from "node:worker_threads";
import type { RunContext } from "escapement";

interface Input {
  readonly file: string;
  readonly fails: number;
  readonly sleep?: string;
}

export default async function talk({ file, fails, sleep }: Input, ctx: RunContext): Promise<unknown> {
  const note = (line: string): void => appendFileSync(file, `${line}\n`);
  note(`attempt ${ctx.attempt} pass ${ctx.pass} main ${isMainThread} thread ${threadId > 0}`);
  ctx.log("hello from the thread", { at: ctx.scheduledFor.toISOString() });
  await ctx.progress(0.25, "a quarter");
  const hotel = await ctx.step("hotel", async () => {
    note("hotel");
    return { id: 7, room: await ctx.step("room", () => 12) };
  });
  const both = await Promise.all(["a", "b"].map((name) => ctx.step(name, () => name)));
  const child = await ctx.enqueue("mail:send", { to: "ann" });
  await ctx.heartbeat();
  if (ctx.attempt <= fails) throw new TypeError(`attempt ${ctx.attempt} breaks`);
  if (sleep !== undefined) await ctx.sleep(sleep);
  return { hotel, both, child, runId: ctx.runId, aborted: ctx.signal.aborted, now: ctx.now() > 0 };
}
