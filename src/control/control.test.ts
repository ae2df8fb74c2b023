import { expect, test } from "vitest";
import { testRuntime, type TestRuntime } from "../testing/test-runtime.ts";

async function setup(): Promise<TestRuntime & { readonly ran: string[] }> {
  const runtime = await testRuntime();
  const ran: string[] = [];
  for (const name of ["mail:send", "mail:sort"])
    runtime.action(name, { cluster: "mail", run: (_input, ctx) => void ran.push(`${name} ${ctx.runId}`) });
  return { ...runtime, ran };
}

test("[CTL-1] work of a cluster that nobody has spoken of may go on", async () => {
  await using runtime = await setup();
  expect(await runtime.control.check({ cluster: "mail" })).toEqual({ allowed: true });
});

test("[CTL-1] the first refusal wins: switch before cluster before rate, each with its reason", async () => {
  await using runtime = await setup();
  const { control } = runtime;
  await control.limits.set("mail", { limit: 1, per: "1h" });
  expect(await control.check({ cluster: "mail" })).toEqual({ allowed: true, remaining: 0 });
  expect(await control.check({ cluster: "mail" })).toEqual({
    allowed: false,
    rule: "rate",
    reason: expect.stringContaining('"mail"'),
    remaining: 0,
    retryAfterMs: 3_600_000,
  });
  await control.clusters.disable("mail", { reason: "moving house" });
  expect(await control.check({ cluster: "mail" })).toEqual({
    allowed: false,
    rule: "cluster",
    reason: 'Cluster "mail" is disabled: moving house',
  });
  await control.kill({ scope: "action:mail:send", reason: "spam", actor: "user:ann" });
  expect(await control.check({ cluster: "mail", action: "mail:send" })).toEqual({
    allowed: false,
    rule: "switch",
    reason: '"action:mail:send" is killed by user:ann: spam',
  });
  expect(await control.check({ cluster: "mail", action: "mail:sort" })).toMatchObject({ rule: "cluster" });
});

test("[CTL-2] an allowed check uses up one unit of the limit, a refused one none", async () => {
  await using runtime = await setup();
  const { control, clock } = runtime;
  await control.limits.set("mail", { limit: 3, per: "3s" });
  const left: unknown[] = [];
  for (let count = 0; count < 5; count++) left.push((await control.check({ cluster: "mail" })).remaining);
  expect(left).toEqual([2, 1, 0, 0, 0]);
  await clock.advance("1s");
  expect(await control.check({ cluster: "mail" })).toMatchObject({ allowed: true });
  await control.kill();
  await clock.advance("1s");
  expect(await control.check({ cluster: "mail" })).toMatchObject({ rule: "switch" });
  await control.restore();
  expect(await control.check({ cluster: "mail" })).toMatchObject({ allowed: true });
  await control.limits.set("mail", { limit: 0 });
  const shut = await control.check({ cluster: "mail" });
  expect([shut.allowed, shut.retryAfterMs]).toEqual([false, undefined]);
});

test("[CTL-3] a kill stops what is due and what is enqueued afterwards, and a restore lets both go", async () => {
  await using runtime = await setup();
  const { control, runs, clock, ran } = runtime;
  await control.kill({ reason: "drill" });
  const one = await runs.enqueue("mail:send", {});
  await clock.advance("1h");
  const two = await runs.enqueue("mail:sort", {});
  await clock.advance("1h");
  expect(ran).toEqual([]);
  expect(await control.restore()).toBe(true);
  await clock.settle();
  expect(ran).toEqual([`mail:send ${one.id}`, `mail:sort ${two.id}`]);
  expect(await control.restore()).toBe(false);
});

test("[CTL-3] a kill of one scope leaves the others alone", async () => {
  await using runtime = await setup();
  const { control, runs, clock, ran } = runtime;
  await control.kill({ scope: "action:mail:send" });
  const held = await runs.enqueue("mail:send", {});
  const free = await runs.enqueue("mail:sort", {});
  await clock.settle();
  expect(ran).toEqual([`mail:sort ${free.id}`]);
  expect((await runs.get(held.id))?.reason).toContain('"action:mail:send"');
  await control.restore({ scope: "action:mail:send" });
  await clock.settle();
  expect(ran.at(-1)).toBe(`mail:send ${held.id}`);
});

test("[CTL-4] a kill with an end lifts itself then, with nobody's help", async () => {
  await using runtime = await setup();
  const { control, runs, clock, ran } = runtime;
  await control.kill({ until: clock.now() + 60_000 });
  await runs.enqueue("mail:send", {});
  await clock.advance(59_999);
  expect([ran.length, (await control.status()).killed.length]).toEqual([0, 1]);
  await clock.advance(1);
  expect([ran.length, (await control.status()).killed.length]).toEqual([1, 0]);
});

test("[CTL-4] the status tells what is killed, why, by whom, since when and until when", async () => {
  await using runtime = await setup();
  const { control, clock } = runtime;
  const at = new Date(clock.now());
  await control.kill({ scope: "task:t1", reason: "drill", actor: "user:ann", until: "2026-01-02" });
  await control.kill();
  expect((await control.status()).killed).toEqual([
    { scope: "all", reason: "no reason given", actor: "system", at },
    { scope: "task:t1", reason: "drill", actor: "user:ann", at, until: new Date("2026-01-02") },
  ]);
});

test.each(["", "everything", "cluster:", "run:1", "ALL", "cluster"])(
  "[CTL-5] the scope %j is refused",
  async (scope) => {
    await using runtime = await setup();
    const { control } = runtime;
    const refused = expect.objectContaining({ code: "control.invalid" });
    await expect(control.kill({ scope })).rejects.toEqual(refused);
    await expect(control.restore({ scope })).rejects.toEqual(refused);
    expect((await control.status()).killed).toEqual([]);
  },
);

test("[CTL-5] an end in the past is refused, and so is one that is no instant", async () => {
  await using runtime = await setup();
  const { control, clock } = runtime;
  const past = control.kill({ until: clock.now() });
  await expect(past).rejects.toEqual(expect.objectContaining({ code: "control.invalid" }));
  await expect(control.kill({ until: "soon" })).rejects.toEqual(
    expect.objectContaining({ code: "instant.invalid" }),
  );
  expect((await control.status()).killed).toEqual([]);
});

test("[CTL-6] a cluster is defined by its first mention, and its label, switch and limit are kept apart", async () => {
  await using runtime = await setup();
  const { clusters, limits } = runtime.control;
  expect(await clusters.get("mail")).toBeUndefined();
  expect(await clusters.define("mail", { label: "Mail" })).toEqual({
    id: "mail",
    enabled: true,
    label: "Mail",
  });
  await clusters.disable("mail", { reason: "moving house" });
  await limits.set("mail", { limit: 5, per: "1m", burst: 2 });
  const limit = { limit: 5, perMs: 60_000, burst: 2 };
  expect(await clusters.get("mail")).toEqual({
    id: "mail",
    enabled: false,
    label: "Mail",
    reason: "moving house",
    limit,
  });
  await clusters.enable("mail");
  await limits.clear("mail");
  expect(await clusters.all()).toEqual([{ id: "mail", enabled: true, label: "Mail" }]);
});

test.each([
  { limit: -1 },
  { limit: Number.NaN },
  { limit: Number.POSITIVE_INFINITY },
  { limit: 5, per: 0 },
  { limit: 5, burst: 0 },
  { limit: 5, burst: Number.NaN },
  { limit: 5, burst: Number.POSITIVE_INFINITY },
])("[CTL-7] the limit %o is refused", async (limit) => {
  await using runtime = await setup();
  const set = runtime.control.limits.set("mail", limit);
  await expect(set).rejects.toEqual(expect.objectContaining({ code: "control.invalid" }));
  expect(await runtime.control.clusters.all()).toEqual([]);
});

test("[CTL-7] a period that is no duration, and a cluster without a name, are refused", async () => {
  await using runtime = await setup();
  const { clusters, limits } = runtime.control;
  const per = limits.set("mail", { limit: 5, per: "often" });
  await expect(per).rejects.toEqual(expect.objectContaining({ code: "duration.invalid" }));
  for (const id of ["", "x".repeat(201)]) {
    const refused = expect.objectContaining({ code: "control.invalid" });
    await expect((async () => clusters.define(id))()).rejects.toEqual(refused);
    await expect((async () => clusters.enable(id))()).rejects.toEqual(refused);
    await expect((async () => clusters.disable(id))()).rejects.toEqual(refused);
    await expect(limits.set(id, { limit: 1 })).rejects.toEqual(refused);
    await expect((async () => limits.clear(id))()).rejects.toEqual(refused);
  }
});

test("[CTL-8] every change is in the journal with its actor", async () => {
  await using runtime = await setup();
  const { control } = runtime;
  const actor = "user:ann";
  await control.kill({ actor });
  await control.restore({ actor });
  await control.clusters.disable("mail", { actor });
  await control.clusters.enable("mail", { actor });
  await control.limits.set("mail", { limit: 1 }, { actor });
  await control.limits.clear("mail", { actor });
  const events = await runtime.journal.read({ after: 0, category: "control" });
  expect(events.map((event) => [event.kind, event.actor])).toEqual(
    [
      "switch.killed",
      "switch.restored",
      "cluster.defined",
      "cluster.disabled",
      "cluster.enabled",
      "limit.updated",
      "limit.updated",
    ].map((kind) => [kind, actor]),
  );
});

test("[CTL-9] the control actions change what may run, also while everything is killed", async () => {
  await using runtime = await setup();
  const { control, runs, clock, ran } = runtime;
  const run = async (action: string, input: unknown): Promise<unknown> => {
    const { id } = await runs.enqueue(action, input);
    await clock.settle();
    return (await runs.get(id))?.state;
  };
  expect(await run("kill_switch:enable", { reason: "drill" })).toBe("succeeded");
  expect(await control.check({ cluster: "mail" })).toMatchObject({ rule: "switch" });
  expect(await run("cluster:disable", { clusterId: "mail" })).toBe("succeeded");
  expect(await run("rate_limit:update", { clusterId: "mail", limit: 0 })).toBe("waiting");
  expect(await run("mail:send", {})).toBe("waiting");
  expect(await run("kill_switch:disable", {})).toBe("succeeded");
  expect(await control.check({ cluster: "mail" })).toMatchObject({ rule: "cluster" });
  expect(await run("cluster:enable", { clusterId: "mail" })).toBe("succeeded");
  expect(await control.check({ cluster: "mail" })).toMatchObject({ rule: "rate" });
  expect(ran).toEqual([]);
  expect(await run("rate_limit:update", { clusterId: "mail", limit: 60 })).toBe("succeeded");
  expect(ran.length).toBe(1);
});

test("[CTL-10] a limit holds over checks and runs together", async () => {
  await using runtime = await setup();
  const { control, runs, clock, ran } = runtime;
  await control.limits.set("mail", { limit: 4, per: "4s" });
  await control.check({ cluster: "mail" });
  for (let count = 0; count < 6; count++) await runs.enqueue("mail:send", { count });
  await clock.settle();
  expect(ran.length).toBe(3);
  await clock.advance("1s");
  expect(ran.length).toBe(4);
  await clock.advance("10s");
  expect(ran.length).toBe(6);
});
