import { expect, test } from "vitest";
import { testRuntime, type TestRuntime } from "../testing/test-runtime.ts";
import type { Event } from "./event.ts";

/** Until it is so, without moving the clock. */
async function until(isSo: () => boolean): Promise<void> {
  for (let turn = 0; turn < 10_000; turn++) {
    if (isSo()) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error("It did not come to be so.");
}

async function notes(runtime: TestRuntime, count: number): Promise<void> {
  for (let index = 0; index < count; index++) await runtime.journal.note("step");
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

test("[JRN-20] every event is handed over in order: what was there, and what comes", async () => {
  await using runtime = await testRuntime({ start: false });
  await notes(runtime, 300);
  const seen: number[] = [];
  await using subscription = await runtime.journal.subscribe("a", (event) => void seen.push(event.seq), {
    after: 0,
  });
  await Promise.all([notes(runtime, 100), notes(runtime, 100)]);
  await until(() => seen.length === 500);
  expect(seen).toEqual(upTo(500));
  expect(subscription.name).toBe("a");
});

test("[JRN-20] a new subscription begins behind the newest event, and misses nothing from then on", async () => {
  await using runtime = await testRuntime({ start: false });
  await notes(runtime, 3);
  const seen: number[] = [];
  await runtime.journal.subscribe("a", (event) => void seen.push(event.seq));
  await notes(runtime, 2);
  await until(() => seen.length === 2);
  expect(seen).toEqual([4, 5]);
});

test("[JRN-21] a subscription goes on where it was, and what happened meanwhile is handed over", async () => {
  await using runtime = await testRuntime({ start: false });
  const seen: number[] = [];
  const see = (event: Event): void => void seen.push(event.seq);
  const first = await runtime.journal.subscribe("a", see, { after: 0 });
  await notes(runtime, 3);
  await until(() => seen.length === 3);
  await first.stop();
  await notes(runtime, 3);
  expect(await runtime.journal.subscriptions()).toMatchObject([
    { name: "a", seq: 3, behind: 3, failures: 0 },
  ]);
  expect((await runtime.journal.subscriptions())[0]?.holder).toBeUndefined();
  await runtime.journal.subscribe("a", see, { after: 0 });
  await until(() => seen.length === 6);
  expect(seen).toEqual(upTo(6));
});

test("[JRN-22] an event whose handler throws comes again after a while that doubles, and is never passed over", async () => {
  const errors: unknown[] = [];
  await using runtime = await testRuntime({
    start: false,
    logger: { error: (details) => void errors.push(details) },
  });
  const seen: [number, number][] = [];
  const start = runtime.clock.now();
  await notes(runtime, 3);
  await runtime.journal.subscribe(
    "a",
    async (event) => {
      seen.push([event.seq, runtime.clock.now() - start]);
      await Promise.resolve();
      if (event.seq === 2 && seen.length < 6) throw new Error("no route to host");
    },
    { after: 0 },
  );
  await until(() => seen.length === 2);
  await until(() => errors.length === 1);
  const [state] = await runtime.journal.subscriptions();
  expect(state).toMatchObject({ seq: 1, failures: 1, error: "no route to host", holder: "test/1" });
  await runtime.clock.advance("10s");
  await until(() => seen.length === 7);
  expect(seen).toEqual([
    [1, 0],
    [2, 0],
    [2, 200],
    [2, 600],
    [2, 1_400],
    [2, 3_000],
    [3, 3_000],
  ]);
  expect(errors).toHaveLength(4);
});

test("[JRN-23] stopping waits for the handler under way, and what it has handled is not handed over again", async () => {
  await using runtime = await testRuntime({ start: false });
  await notes(runtime, 3);
  const seen: number[] = [];
  let finish = (): void => undefined;
  const subscription = await runtime.journal.subscribe(
    "a",
    (event) => {
      seen.push(event.seq);
      return new Promise<void>((resolve) => {
        finish = resolve;
      });
    },
    { after: 0 },
  );
  await until(() => seen.length === 1);
  let stopped = false;
  const stopping = subscription.stop().then(() => {
    stopped = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(stopped).toBe(false);
  finish();
  await stopping;
  expect(seen).toEqual([1]);
  expect(await runtime.journal.subscriptions()).toMatchObject([{ seq: 1 }]);
});

test("[JRN-24] of several readers under one name one reads, and another goes on when it stops", async () => {
  await using runtime = await testRuntime({ start: false });
  const seen: [string, number][] = [];
  const one = await runtime.journal.subscribe("a", (event) => void seen.push(["one", event.seq]), {
    after: 0,
  });
  await runtime.journal.subscribe("a", (event) => void seen.push(["two", event.seq]), { after: 0 });
  await notes(runtime, 2);
  await until(() => seen.length === 2);
  await one.stop();
  await notes(runtime, 2);
  await runtime.clock.advance("5s");
  await until(() => seen.length === 4);
  expect(seen).toEqual([
    ["one", 1],
    ["one", 2],
    ["two", 3],
    ["two", 4],
  ]);
});

test("[JRN-25] only what the filter names is handed over, and the cursor passes over the rest", async () => {
  await using runtime = await testRuntime({ start: false });
  const kinds: string[] = [];
  const see = (event: Event): void => void kinds.push(event.kind);
  const subscription = await runtime.journal.subscribe("a", see, { after: 0, category: "control" });
  await notes(runtime, 1_200);
  await runtime.control.kill({ scope: "task:a", reason: "drill", actor: "user:ann" });
  await notes(runtime, 1_200);
  await until(() => kinds.length === 1);
  await subscription.stop();
  expect(kinds).toEqual(["switch.killed"]);
  expect((await runtime.journal.subscriptions())[0]?.behind).toBeLessThan(1_200);
});

test("[JRN-26] with `batch` the handler is given many at once, and they come again together", async () => {
  await using runtime = await testRuntime({ start: false });
  await notes(runtime, 7);
  const seen: number[][] = [];
  await runtime.journal.subscribe(
    "a",
    (events) => {
      seen.push(events.map(({ seq }) => seq));
      if (seen.length === 2) throw new Error("not yet");
    },
    { after: 0, batch: 3 },
  );
  await until(() => seen.length === 2);
  await runtime.clock.advance("1s");
  await until(() => seen.length === 4);
  expect(seen).toEqual([[1, 2, 3], [4, 5, 6], [4, 5, 6], [7]]);
});

test("[JRN-27] what is unsubscribed is forgotten", async () => {
  await using runtime = await testRuntime({ start: false });
  const subscription = await runtime.journal.subscribe("a", () => undefined, { after: 0 });
  await subscription.stop();
  expect(await runtime.journal.unsubscribe("a")).toBe(true);
  expect(await runtime.journal.unsubscribe("a")).toBe(false);
  expect(await runtime.journal.subscriptions()).toEqual([]);
});

test("[JRN-27] retention deletes nothing that a subscription has not handled yet", async () => {
  await using runtime = await testRuntime({ start: false, retention: { journal: "1h" } });
  await notes(runtime, 5);
  const oldest = async (): Promise<unknown> => (await runtime.journal.read({ after: 0 }))[0]?.seq;
  const subscription = await runtime.journal.subscribe("a", () => new Promise(() => undefined), { after: 2 });
  await runtime.clock.advance("2h");
  await runtime.retention.apply();
  expect(await oldest()).toBe(3);
  await subscription.stop(0);
  await runtime.journal.unsubscribe("a");
  await runtime.retention.apply();
  expect(await oldest()).toBe(6);
});

test("[JRN-23] a handler that never ends does not keep the runtime from stopping", async () => {
  const runtime = await testRuntime({ start: false });
  await notes(runtime, 1);
  let begun = false;
  const stuck = (): Promise<void> => {
    begun = true;
    return new Promise(() => undefined);
  };
  await runtime.journal.subscribe("a", stuck, { after: 0 });
  await until(() => begun);
  await runtime.stop({ drain: 0 });
});

test.each([
  ["", 1, 0],
  ["two words", 1, 0],
  ["a", 0, 0],
  ["a", 1.5, 0],
  ["a", 1, -1],
])("[JRN-28] a subscription %j, %d at once, behind %d, is refused", async (name, batch, after) => {
  await using runtime = await testRuntime({ start: false });
  const refused = expect.objectContaining({ code: "journal.invalid" });
  await expect(runtime.journal.subscribe(name, () => undefined, { batch, after })).rejects.toEqual(refused);
});

test("[JRN-28] an option that nobody reads is refused", async () => {
  await using runtime = await testRuntime({ start: false });
  const { journal } = runtime;
  const refused = { code: "journal.invalid" };
  // A slip of the pen in a variable is none that the compiler sees.
  const slips = { after: 0, kinds: "step", Batch: 2 };
  await expect(journal.subscribe("a", () => undefined, { ...slips })).rejects.toMatchObject(refused);
  await expect(journal.verify({ ...slips, to: 2 })).rejects.toMatchObject(refused);
  await expect(journal.verify({ from: -1 })).rejects.toMatchObject(refused);
  await expect(journal.verify({ to: 1.5 })).rejects.toMatchObject(refused);
  await expect(journal.export({ format: "text", ...slips }).next()).rejects.toMatchObject(refused);
});

test("[JRN-28] what is no function cannot be handed events", async () => {
  await using runtime = await testRuntime();
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what no type lets through
  const asked = runtime.journal.subscribe("a", "mail" as never);
  await expect(asked).rejects.toMatchObject({ code: "journal.invalid" });
  expect(await runtime.journal.subscriptions()).toEqual([]);
});
