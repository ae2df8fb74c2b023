import { expect, test } from "vitest";
import { testRuntime } from "../testing/test-runtime.ts";
import type { Event } from "./event.ts";

test("[JRN-1] an event tells when, what, who, to what and in which commit", async () => {
  await using runtime = await testRuntime({ start: false });
  runtime.action("mail:send", { run: () => null });
  const runs = await runtime.runs.enqueueMany(
    [
      { action: "mail:send", input: {} },
      { action: "mail:send", input: {} },
    ],
    { actor: "user:ann" },
  );
  const events = await runtime.journal.read({ after: 0 });
  expect(events).toEqual(
    runs.map((run, index) => ({
      seq: index + 1,
      id: `e${index + 1}`,
      at: new Date(runtime.clock.now()),
      commit: "c1",
      kind: "run.enqueued",
      category: "run",
      severity: "info",
      actor: "user:ann",
      subject: `run:${run.id}`,
      parent: "user:ann",
      from: "clients",
      to: "queue",
      trigger: "direct",
      call: "link",
      label: "mail:send",
    })),
  );
});

test("[JRN-2] without bounds the newest hundred are read, newest first", async () => {
  await using runtime = await testRuntime({ start: false });
  for (let count = 0; count < 120; count++) await runtime.journal.note("step");
  const seqs = (await runtime.journal.read()).map((event) => event.seq);
  expect(seqs).toEqual(Array.from({ length: 100 }, (_, index) => 120 - index));
  expect((await runtime.journal.read({ before: 5 })).map((event) => event.seq)).toEqual([4, 3, 2, 1]);
});

test.each([0, -1, 1.5, 1_001, Number.NaN])("[JRN-2] a page of %d events is refused", async (limit) => {
  await using runtime = await testRuntime({ start: false });
  const refused = expect.objectContaining({ code: "journal.invalid" });
  await expect(runtime.journal.read({ limit })).rejects.toEqual(refused);
});

test("[JRN-3] a note is kept with its data, its actor and its subject, and resolves to its number", async () => {
  await using runtime = await testRuntime({ start: false });
  const seq = await runtime.journal.note(
    "deploy.finished",
    { to: ["eu", null] },
    { actor: "user:ann", subject: "app" },
  );
  expect(await runtime.journal.note("deploy.finished")).toBe(seq + 1);
  const [first, second] = await runtime.journal.read({ after: 0, kind: "deploy.finished" });
  expect(first).toMatchObject({
    seq,
    data: { to: ["eu", null] },
    actor: "user:ann",
    subject: "app",
    category: "system",
  });
  expect([second?.data, second?.actor, second?.subject]).toEqual([undefined, "system", "note"]);
});

test.each(["", "two words", "1st", "x".repeat(101), "semi;colon"])(
  "[JRN-3] a note of kind %j is refused",
  async (kind) => {
    await using runtime = await testRuntime({ start: false });
    const refused = expect.objectContaining({ code: "journal.invalid" });
    await expect(runtime.journal.note(kind)).rejects.toEqual(refused);
    expect(await runtime.journal.read()).toEqual([]);
  },
);

test("[JRN-3] nobody can write down in a note what only Escapement does", async () => {
  await using runtime = await testRuntime({ start: false });
  const refused = expect.objectContaining({ code: "journal.invalid" });
  await expect(runtime.journal.note("run.succeeded")).rejects.toEqual(refused);
  await expect(runtime.journal.note("switch.killed")).rejects.toEqual(refused);
});

test("[JRN-3] data that is no JSON is refused", async () => {
  await using runtime = await testRuntime({ start: false });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what no type lets through
  const note = runtime.journal.note("step", new Map() as never);
  await expect(note).rejects.toEqual(expect.objectContaining({ code: "json.invalid" }));
});

/** Takes events until there are so many. */
async function take(events: AsyncIterable<Event>, count: number): Promise<number[]> {
  const seqs: number[] = [];
  for await (const event of events) {
    seqs.push(event.seq);
    if (seqs.length === count) break;
  }
  return seqs;
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

test("[JRN-4] a tail gives what was there after a number, then what comes, in order and without end", async () => {
  await using runtime = await testRuntime({ start: false });
  await runtime.journal.note("before");
  await runtime.journal.note("before");
  const tail = take(runtime.journal.tail({ after: 1 }), 4);
  for (let count = 0; count < 3; count++) {
    await new Promise((resolve) => setImmediate(resolve));
    await runtime.journal.note("later");
  }
  expect(await tail).toEqual([2, 3, 4, 5]);
});

test("[JRN-4] without a number a tail begins behind the newest event", async () => {
  await using runtime = await testRuntime({ start: false });
  await runtime.journal.note("before");
  const tail = runtime.journal.tail();
  const first = tail.next();
  await new Promise((resolve) => setImmediate(resolve));
  await runtime.journal.note("later");
  expect((await first).value).toMatchObject({ seq: 2, kind: "later" });
  await tail.return();
});

test("[JRN-5] tails miss nothing and repeat nothing while many write, however slowly they read", async () => {
  await using runtime = await testRuntime({ start: false });
  const total = 3_000;
  const slow = async (): Promise<number[]> => {
    const seqs: number[] = [];
    for await (const event of runtime.journal.tail({ after: 0 })) {
      seqs.push(event.seq);
      if (seqs.length % 97 === 0) await new Promise((resolve) => setImmediate(resolve));
      if (seqs.length === total) break;
    }
    return seqs;
  };
  const tails = [take(runtime.journal.tail({ after: 0 }), total), slow(), slow()];
  const write = async (writer: number): Promise<void> => {
    for (let count = 0; count < total / 10; count++) {
      await runtime.journal.note("step", { writer, count });
      if (count % 7 === writer % 7) await new Promise((resolve) => setImmediate(resolve));
    }
  };
  await Promise.all(Array.from({ length: 10 }, (_, writer) => write(writer)));
  expect(await Promise.all(tails)).toEqual([upTo(total), upTo(total), upTo(total)]);
});

test("[JRN-6] a tail ends quietly with its signal, whether it waits or reads", async () => {
  await using runtime = await testRuntime({ start: false });
  for (let count = 0; count < 5; count++) await runtime.journal.note("step");
  const controller = new AbortController();
  const { signal } = controller;
  const waiting = take(runtime.journal.tail({ signal }), 1);
  const reading: number[] = [];
  for await (const event of runtime.journal.tail({ after: 0, signal })) {
    reading.push(event.seq);
    if (event.seq === 3) controller.abort();
  }
  expect([await waiting, reading]).toEqual([[], [1, 2, 3]]);
  expect(await take(runtime.journal.tail({ after: 0, signal }), 1)).toEqual([]);
});

test("[JRN-6] a tail ends when the runtime stops", async () => {
  const runtime = await testRuntime();
  await runtime.journal.note("step");
  const tail = take(runtime.journal.tail({ after: 0 }), 1_000);
  await new Promise((resolve) => setImmediate(resolve));
  await runtime.stop();
  expect((await tail).length).toBeGreaterThan(0);
});

test("[JRN-5] a tail that retention has overtaken says so, instead of leaving events out", async () => {
  await using runtime = await testRuntime({ start: false, retention: { journal: "1h" } });
  for (let count = 0; count < 2_500; count++) void runtime.journal.note("step");
  await runtime.clock.settle();
  const tail = runtime.journal.tail({ after: 0 });
  await tail.next();
  await runtime.clock.advance("2h");
  await runtime.retention.apply();
  const rest = (async () => {
    let last = 0;
    for await (const { seq } of tail) last = seq;
    return last;
  })();
  await expect(rest).rejects.toMatchObject({ code: "journal.gone", details: { from: 1_001, to: 2_499 } });
  // A new one begins where history begins.
  const next = runtime.journal.tail({ after: 0 });
  expect((await next.next()).value?.seq).toBe(2_500);
  await next.return();
});
