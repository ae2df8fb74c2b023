import { expect, test } from "vitest";
import { z } from "zod";
import { testRuntime, type TestRuntime } from "../../testing/test-runtime.ts";
import { processSend } from "./process-send.ts";

async function setup(): Promise<TestRuntime> {
  const runtime = await testRuntime();
  runtime.process("counter", {
    state: z.number(),
    initial: () => 0,
    messages: {
      add: { input: z.number(), handle: (sum, by) => ({ state: sum + by }) },
      tick: { handle: (sum) => ({ state: sum + 1 }) },
    },
  });
  return runtime;
}

test("[PRO-70] a task sends a message in its own name, and the result of its run is the slot", async () => {
  await using runtime = await setup();
  const params = { process: "counter", id: "a/b", message: "tick" };
  await runtime.tasks.register({ id: "t", type: "interval", schedule: "5s", action: "process:send", params });
  await runtime.clock.advance("11s");
  expect((await runtime.processes.state("counter/a/b")).state).toBe(2);
  const [, last] = await Array.fromAsync(runtime.processes.history("counter/a/b"));
  expect(last?.message).toMatchObject({ name: "tick", input: null, actor: "task:t" });
  const { items } = await runtime.runs.list({ taskId: "t" });
  expect(items[0]?.result).toEqual({
    process: "counter/a/b",
    slot: 1,
    messageId: last?.assignment.messageId,
  });
});

test("[PRO-71] a run that is tried again after it has sent does not send twice", async () => {
  await using runtime = await setup();
  const send = processSend(runtime);
  // What a crash does between the send and the end of the run.
  runtime.action("send:twice", {
    ...send,
    retry: { attempts: 2, delay: "1s" },
    async run(input, ctx) {
      const sent = await send.run(input, ctx);
      if (ctx.attempt === 1) throw new Error("the node is gone");
      return sent;
    },
  });
  const input = { process: "counter", id: "a", message: "add", input: 5 };
  const { id } = await runtime.runs.enqueue("send:twice", input);
  await runtime.clock.advance("5s");
  expect(await runtime.runs.get(id)).toMatchObject({ state: "succeeded", attempt: 2, result: { slot: 0 } });
  expect((await runtime.processes.state("counter/a")).state).toBe(5);
});

test.each<readonly [string, object, string]>([
  ["a process that does not exist", { process: "nobody", id: "a", message: "add" }, "process.not-found"],
  [
    "a message that the process refuses",
    { process: "counter", id: "a", message: "add", input: "5" },
    "process.wrong-message",
  ],
])("[PRO-72] %s fails the run", async (_what, input, code) => {
  await using runtime = await setup();
  const { id } = await runtime.runs.enqueue("process:send", input);
  await runtime.clock.advance("1h");
  expect(await runtime.runs.get(id)).toMatchObject({ state: "failed", error: { code } });
});
