// Processes that cannot go on, and go on later: errors that park, code that is missing, states that are refused.
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { effects } from "../../src/process/effects.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";
import { filePlace, type Place } from "./engines.ts";

async function untilParked(runtime: Runtime, id: string): Promise<{ slot: number; message: string }> {
  const end = performance.now() + 10_000;
  for (;;) {
    const parked = (await runtime.processes.get(id))?.parked;
    if (parked !== undefined) return { slot: parked.slot, message: parked.error.message };
    if (performance.now() > end) throw new Error(`${id} was not parked in time.`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const sums = (dislikes: readonly number[], version = "1") => ({
  version,
  onError: "park" as const,
  state: z.number(),
  initial: () => 0,
  messages: {
    add: {
      input: z.number(),
      handle(sum: number, by: number) {
        if (dislikes.includes(by)) throw new Error(`not ${by}`);
        return { state: sum + by, effects: [effects.publish("sum.added", by)] };
      },
    },
  },
});

async function addAll(runtime: Runtime, ...numbers: readonly number[]): Promise<void> {
  for (const by of numbers) await runtime.processes.send("sum/a", "add", by);
}

const added = async (runtime: Runtime): Promise<unknown[]> =>
  (await runtime.journal.read({ kind: "sum.added", after: 0 })).map(({ data }) => data);

describe("a process that is parked", () => {
  const setup = (place: Place, dislikes: readonly number[], version?: string): Promise<Runtime> =>
    place.node((runtime) => void runtime.process("sum", sums(dislikes, version)));

  test("[PRC-21] stands still, says why, keeps taking messages, and goes on past the slot when it is told to", async () => {
    await using place = filePlace();
    const runtime = await setup(place, [13, 14]);
    await addAll(runtime, 1, 13, 2, 14, 3);
    expect(await untilParked(runtime, "sum/a")).toEqual({ slot: 1, message: "not 13" });
    await addAll(runtime, 4);
    expect(await runtime.processes.get("sum/a")).toMatchObject({ slots: 6, handled: 1 });
    expect(await runtime.processes.state("sum/a")).toMatchObject({ state: 1, slot: 0 });
    expect(await runtime.journal.read({ kind: "process.parked" })).toHaveLength(1);

    await runtime.processes.resume("sum/a", { skip: true, actor: "user:ada" });
    await runtime.processes.wait("sum/a", 2, { timeout: "10s" });
    expect(await untilParked(runtime, "sum/a")).toEqual({ slot: 3, message: "not 14" });
    await runtime.processes.resume("sum/a", { skip: true });
    await runtime.processes.wait("sum/a", 5, { timeout: "10s" });
    expect((await runtime.processes.state("sum/a")).state).toBe(10);
    expect((await runtime.processes.get("sum/a"))?.parked).toBeUndefined();
    const entries = await Array.fromAsync(runtime.processes.history("sum/a"));
    expect(entries.map(({ error }) => error?.message)).toEqual([
      undefined,
      "not 13",
      undefined,
      "not 14",
      undefined,
      undefined,
    ]);
    expect(await added(runtime)).toEqual([1, 2, 3, 4]);
    expect((await runtime.journal.read({ kind: "process.resumed" })).at(-1)?.actor).toBe("user:ada");
  });

  test("[PRC-21] is parked again at the same slot as long as nothing was mended", async () => {
    await using place = filePlace();
    const runtime = await setup(place, [13]);
    await addAll(runtime, 1, 13);
    for (let round = 0; round < 3; round++) {
      expect(await untilParked(runtime, "sum/a")).toEqual({ slot: 1, message: "not 13" });
      await runtime.processes.resume("sum/a");
    }
    expect(await untilParked(runtime, "sum/a")).toEqual({ slot: 1, message: "not 13" });
    expect(await added(runtime)).toEqual([1]);
  });

  test("[PRC-21] stays so over a restart, and goes on where it stood under code that was mended", async () => {
    await using place = filePlace();
    const broken = await setup(place, [13]);
    await addAll(broken, 1, 13, 2);
    await untilParked(broken, "sum/a");
    await broken.stop();
    const mended = await setup(place, []);
    await addAll(mended, 3);
    expect(await mended.processes.get("sum/a")).toMatchObject({ handled: 1, parked: { slot: 1 } });
    await mended.processes.resume("sum/a");
    await mended.processes.wait("sum/a", 3, { timeout: "10s" });
    expect((await mended.processes.state("sum/a")).state).toBe(19);
    expect(await added(mended)).toEqual([1, 13, 2, 3]);
  });
});

describe("code that cannot", () => {
  test("[PRC-22] a message whose handler is gone parks the process until code that has it resumes it", async () => {
    await using place = filePlace();
    const whole = {
      state: z.number(),
      initial: () => 0,
      messages: {
        add: { handle: (sum: number) => ({ state: sum + 1 }) },
        double: { handle: (sum: number) => ({ state: sum * 2 }) },
      },
    };
    const { double: _double, ...rest } = whole.messages;
    const asleep = await place.node((runtime) => {
      runtime.process("n", {
        ...whole,
        messages: { ...whole.messages, add: { handle: park }, double: { handle: park } },
        onError: "park",
      });
    });
    for (const message of ["add", "double", "add"]) await asleep.processes.send("n/a", message, null);
    await untilParked(asleep, "n/a");
    await asleep.stop();

    const without = await place.node((runtime) => void runtime.process("n", { ...whole, messages: rest }));
    await without.processes.resume("n/a");
    const parked = await untilParked(without, "n/a");
    expect(parked.slot).toBe(1);
    expect(parked.message).toMatch(/no handler for the message "double"; it has add/);
    expect((await without.processes.state("n/a")).state).toBe(1);
    await expect(without.processes.send("n/a", "double", null)).rejects.toMatchObject({
      code: "process.wrong-message",
    });
    await without.stop();

    const again = await place.node((runtime) => void runtime.process("n", whole));
    await again.processes.resume("n/a");
    await again.processes.wait("n/a", 2, { timeout: "10s" });
    expect((await again.processes.state("n/a")).state).toBe(3);
    expect(await again.processes.verify("n/a")).toEqual({ ok: true, slots: 3 });
  });

  test("[PRC-22] a state that the schema refuses parks the process until code that takes it over resumes it", async () => {
    await using place = filePlace();
    const handle = (state: { readonly n: number }) => ({ state: { n: state.n + 1 } });
    const numbers = {
      state: z.object({ n: z.number() }),
      initial: () => ({ n: 0 }),
      messages: { add: { handle } },
    };
    const first = await place.node((runtime) => void runtime.process("n", numbers));
    await first.processes.send("n/a", "add", null);
    await first.processes.wait("n/a", 0, { timeout: "10s" });
    await first.stop();

    const texts = {
      version: "2",
      state: z.object({ text: z.string() }),
      initial: () => ({ text: "" }),
      messages: {
        add: { handle: (state: { readonly text: string }) => ({ state: { text: `${state.text}+` } }) },
      },
    };
    const second = await place.node((runtime) => void runtime.process("n", texts));
    await second.processes.send("n/a", "add", null);
    const parked = await untilParked(second, "n/a");
    expect(parked).toMatchObject({
      slot: 1,
      message: expect.stringMatching(/version 2\) refuses the state.*text/),
    });
    expect((await second.processes.state("n/a")).state).toEqual({ n: 1 });
    await second.stop();

    const migrateState = (old: unknown) => ({ text: "+".repeat(numbers.state.parse(old).n) });
    const third = await place.node((runtime) => void runtime.process("n", { ...texts, migrateState }));
    await third.processes.resume("n/a");
    await third.processes.wait("n/a", 1, { timeout: "10s" });
    expect(await third.processes.state("n/a")).toEqual({ state: { text: "++" }, slot: 1, version: "2" });
    expect((await third.processes.state("n/a", { at: 0 })).state).toEqual({ n: 1 });
  });
});

function park(): never {
  throw new Error("not this time");
}
