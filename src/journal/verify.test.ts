import { expect, test } from "vitest";
import { testRuntime, type TestRuntime } from "../testing/test-runtime.ts";

/** A journal of eight events: a kill (1), notes (2, 3), a kill (4), a set of runs (5, 6), a kill (7), a note (8). */
async function setup(tamper: readonly string[] = []): Promise<TestRuntime> {
  const runtime = await testRuntime({ start: false });
  runtime.action("mail:send", { run: () => null });
  await runtime.control.kill({ scope: "task:a", reason: "drill", actor: "user:ann" });
  await runtime.journal.note("step");
  await runtime.journal.note("step");
  await runtime.control.kill({ scope: "task:b", reason: "drill", actor: "user:ann" });
  const run = { action: "mail:send", input: {} };
  await runtime.runs.enqueueMany([run, run]);
  await runtime.control.kill({ scope: "task:c", reason: "drill", actor: "user:ann" });
  await runtime.journal.note("step");
  for (const sql of tamper) await runtime.transaction((tx) => tx.sql(sql));
  return runtime;
}

test("[JRN-10] an untouched journal is whole, in any part of it", async () => {
  await using runtime = await setup();
  const { journal } = runtime;
  const whole = await journal.verify();
  expect(whole).toMatchObject({ ok: true, checked: 8, from: 1, to: 8 });
  expect(whole.chain).toMatch(/^[0-9a-f]{64}$/);
  expect(await journal.verify({ from: 3, to: 6 })).toMatchObject({ ok: true, checked: 4 });
  expect(await journal.verify({ from: 5 })).toMatchObject({ ok: true, checked: 4, chain: whole.chain });
  expect(await journal.verify({ from: 20 })).toMatchObject({ ok: true, checked: 0 });
});

test.each([
  ["an altered reason", "UPDATE journal SET label = 'never' WHERE seq = 4", 4, "altered"],
  ["an altered time", "UPDATE journal SET at = at + 1 WHERE seq = 4", 4, "altered"],
  ["altered data", "UPDATE journal SET data = '{}' WHERE seq = 1", 1, "altered"],
  ["data that is no JSON", "UPDATE journal SET data = '{' WHERE seq = 1", 1, "altered"],
  ["another actor", "UPDATE journal SET actor = 'user:bob' WHERE seq = 7", 7, "altered"],
  ["a link taken off", "UPDATE journal SET chain = NULL WHERE seq = 4", 4, "altered"],
  ["a link on a note", "UPDATE journal SET chain = 'ff' WHERE seq = 2", 2, "altered"],
  ["a kill made a note", "UPDATE journal SET chain = NULL, kind = 'step' WHERE seq = 4", 7, "altered"],
  ["the last kill made a note", "UPDATE journal SET chain = NULL, kind = 'step' WHERE seq = 7", 7, "altered"],
  ["a kill removed", "DELETE FROM journal WHERE seq = 4", 4, "missing"],
  ["a note removed", "DELETE FROM journal WHERE seq = 3", 3, "missing"],
  ["the first removed", "DELETE FROM journal WHERE seq = 1", 1, "missing"],
  ["a set removed", "DELETE FROM journal WHERE seq = 5", 5, "missing"],
  ["the newest removed", "DELETE FROM journal WHERE seq = 8", 8, "missing"],
  ["the newest two removed", "DELETE FROM journal WHERE seq >= 7", 7, "missing"],
  ["everything removed", "DELETE FROM journal", 1, "missing"],
  [
    "two kills in each other's place",
    "UPDATE journal SET seq = 99 WHERE seq = 1; UPDATE journal SET seq = 1 WHERE seq = 4; UPDATE journal SET seq = 4 WHERE seq = 99",
    1,
    "altered",
  ],
])("[JRN-11] %s is found", async (_what, tamper, firstBad, why) => {
  await using runtime = await setup(tamper.split("; "));
  expect(await runtime.journal.verify()).toMatchObject({ ok: false, firstBad, why });
});

test("[JRN-11] a part in which nothing was changed is whole, and so is what comes before a change", async () => {
  await using runtime = await setup(["UPDATE journal SET label = 'never' WHERE seq = 4"]);
  expect(await runtime.journal.verify({ to: 3 })).toMatchObject({ ok: true, checked: 3 });
  expect(await runtime.journal.verify({ from: 5 })).toMatchObject({ ok: true, checked: 4 });
  expect(await runtime.journal.verify({ from: 2 })).toMatchObject({ ok: false, firstBad: 4, checked: 2 });
});

test("[JRN-12] after retention history begins later, and what is left is whole", async () => {
  await using runtime = await testRuntime({ start: false, retention: { journal: "1h" } });
  await runtime.control.kill({ scope: "task:a", reason: "drill", actor: "user:ann" });
  await runtime.journal.note("step");
  await runtime.clock.advance("2h");
  await runtime.control.kill({ scope: "task:b", reason: "drill", actor: "user:ann" });
  await runtime.journal.note("step");
  await runtime.retention.apply();
  expect(await runtime.journal.verify()).toMatchObject({ ok: true, from: 3, to: 5, checked: 3 });
  expect(await runtime.journal.verify({ from: 1, to: 4 })).toMatchObject({ ok: true, from: 3, checked: 2 });
});
