import { expect, test } from "vitest";
import { z } from "zod";
import { testRuntime, type TestRuntime } from "../testing/test-runtime.ts";

async function setup(): Promise<TestRuntime & { readonly ran: string[] }> {
  const runtime = await testRuntime();
  const ran: string[] = [];
  runtime.action("work:do", { run: (input: string) => void ran.push(input) });
  return Object.assign(runtime, { ran });
}

test("[GAT-3] a press lets one run go, and opening the gate the rest", async () => {
  await using runtime = await setup();
  await runtime.gate.set("all", "stepper", { actor: "user:ann" });
  for (const name of ["a", "b", "c"]) await runtime.runs.enqueue("work:do", name);
  await runtime.clock.advance("1h");
  expect(runtime.ran).toEqual([]);
  const { next } = await runtime.gate.pending();
  const answer = await runtime.gate.next("all", { actor: "user:ann" });
  await runtime.clock.settle();
  expect(runtime.ran).toEqual(["a"]);
  expect(answer).toMatchObject({
    status: "released",
    event: { kind: "gate.released", actor: "user:ann", subject: `run:${next?.id}` },
  });
  expect(await runtime.gate.set("all", "realtime")).toBe(true);
  await runtime.clock.settle();
  expect(runtime.ran).toEqual(["a", "b", "c"]);
});

test("[GAT-6] each waking of a run that sleeps is a press of its own", async () => {
  await using runtime = await testRuntime();
  const world: string[] = [];
  runtime.action("trip:take", {
    run: async (_input, ctx) => {
      await ctx.step("leave", () => world.push("left"));
      await ctx.sleep("1h");
      await ctx.step("arrive", () => world.push("arrived"));
    },
  });
  await runtime.gate.set("action:trip:take", "stepper");
  await runtime.runs.enqueue("trip:take", null);
  await runtime.gate.next("action:trip:take");
  await runtime.clock.advance("1d");
  expect(world).toEqual(["left"]);
  expect((await runtime.gate.next("action:trip:take")).status).toBe("released");
  await runtime.clock.settle();
  expect(world).toEqual(["left", "arrived"]);
});

test("[GAT-13] pending gives times as dates", async () => {
  await using runtime = await setup();
  await runtime.gate.set("all", "stepper");
  const { id, dueAt, scheduledFor } = await runtime.runs.enqueue("work:do", "a");
  const { head, ...pending } = await runtime.gate.pending();
  expect(pending).toEqual({
    mode: "stepper",
    next: { kind: "run", id, action: "work:do", dueAt, scheduledFor },
  });
  expect((await runtime.journal.read({ kind: "gate.set" }))[0]?.seq).toBe(head);
});

test("[GAT-14] a shut gate shows in the status of the controls", async () => {
  await using runtime = await setup();
  await runtime.gate.set("task:t1", "stepper", { actor: "user:ann", reason: "why" });
  const at = new Date(runtime.clock.now());
  const shut = { scope: "task:t1", mode: "stepper", actor: "user:ann", reason: "why", at };
  expect((await runtime.control.status()).gates).toEqual([shut]);
  expect(await runtime.gate.list()).toEqual([shut]);
});

test("[GAT-1] what cannot be read is refused before anything is asked", async () => {
  await using runtime = await setup();
  const refused = expect.objectContaining({ code: "gate.invalid" });
  await expect(runtime.gate.set("everything", "stepper")).rejects.toThrow(refused);
  // @ts-expect-error -- no such mode
  await expect(runtime.gate.set("all", "shut")).rejects.toThrow(refused);
  await expect(runtime.gate.next("all", { expectedHead: -1 })).rejects.toThrow(refused);
  await expect(runtime.gate.next("all", { key: "" })).rejects.toThrow(refused);
  await expect(runtime.gate.pending("")).rejects.toThrow(refused);
});

test("[GAT-21] a process behind a gate handles one message for each press", async () => {
  await using runtime = await testRuntime();
  const counter = runtime.process("counter", {
    state: z.object({ count: z.number() }),
    initial: () => ({ count: 0 }),
    messages: {
      add: { handle: (state: { count: number }, by: number) => ({ state: { count: state.count + by } }) },
    },
  });
  await counter.send("free", "add", 1);
  await counter.send("room", "add", 1);
  await runtime.clock.settle();
  await runtime.gate.set("process:counter/room", "stepper");
  for (const by of [10, 100, 1_000]) await counter.send("room", "add", by);
  await counter.send("free", "add", 10);
  await runtime.clock.advance("1h");
  const counts = async (): Promise<unknown[]> => {
    await runtime.clock.settle();
    const states = await Promise.all(["room", "free"].map((id) => counter.state(id)));
    return states.map(({ state }) => state.count);
  };
  expect(await counts()).toEqual([1, 11]);
  expect(await runtime.gate.next("process:counter/room")).toMatchObject({
    status: "released",
    event: { subject: "process:counter/room", label: "add", data: { slot: 1 } },
  });
  expect(await counts()).toEqual([11, 11]);
  await runtime.gate.next("process:counter/room");
  await runtime.gate.next("process:counter/room");
  expect(await counts()).toEqual([1_111, 11]);
  expect(await runtime.gate.next("process:counter/room")).toEqual({
    status: "blocked",
    reason: "nothing_pending",
  });
  await counter.send("room", "add", 10_000);
  await runtime.gate.set("process:counter/room", "realtime");
  expect(await counts()).toEqual([11_111, 11]);
});

test("[GAT-1] a process has one spelling", async () => {
  await using runtime = await testRuntime();
  await runtime.gate.set("process:counter/caf\u0065\u0301", "stepper");
  expect((await runtime.gate.list()).map(({ scope }) => scope)).toEqual(["process:counter/caf\u00e9"]);
  await expect(runtime.gate.set("process:1/x", "stepper")).rejects.toThrow("process id");
});
