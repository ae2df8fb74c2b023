import { expect, test } from "vitest";
import { z } from "zod";
import type { ActionOptions } from "../actions/action.ts";
import type { RunContext } from "../actions/run-context.ts";
import { testRuntime, type TestRuntime } from "../testing/test-runtime.ts";
import type { Task, TaskInput } from "../task/task.ts";

const start = Date.UTC(2026, 0, 1);
const minute = 60_000;

interface World extends TestRuntime {
  /** What was run: minutes since the start, and the nominal time that was meant. */
  readonly ran: string[];
  readonly contexts: RunContext[];
  readonly register: (task?: Partial<TaskInput>) => Promise<Task>;
  /** The ledger in short: minutes since the start, and what became of them. */
  readonly ledger: (options?: Parameters<TestRuntime["tasks"]["occurrences"]>[1]) => Promise<string[]>;
  /** Moves on to so many minutes after the start. */
  readonly to: (minutes: number) => Promise<void>;
}

const minutesOf = (at: number): number => (at - start) / minute;

async function setup(options: Partial<ActionOptions<unknown, unknown>> = {}): Promise<World> {
  const runtime = await testRuntime();
  const ran: string[] = [];
  const contexts: RunContext[] = [];
  runtime.action("mail:send", {
    run(_input, ctx) {
      contexts.push(ctx);
      ran.push(`${minutesOf(ctx.now())} for ${minutesOf(ctx.scheduledFor.getTime())}`);
    },
    ...options,
  });
  return {
    ...runtime,
    ran,
    contexts,
    register: (task = {}) =>
      runtime.tasks.register({ id: "t1", type: "interval", schedule: "10m", action: "mail:send", ...task }),
    async ledger(range = {}) {
      const lines: string[] = [];
      for await (const { at, outcome, reason } of runtime.tasks.occurrences("t1", range))
        lines.push(`${minutesOf(at.getTime())} ${reason ?? outcome}`);
      return lines;
    },
    to: (minutes) => runtime.clock.advanceTo(start + minutes * minute),
  };
}

const never = (): Promise<null> => new Promise(() => undefined);

test("[TKS-1] a task runs at its times, and tells when it last ran and when it will run next", async () => {
  await using world = await setup();
  const registered = await world.register();
  expect(registered).toMatchObject({ enabled: true, runCount: 0, errorCount: 0, version: 1 });
  expect([registered.nextRun, registered.lastRun]).toEqual([new Date(start + 10 * minute), undefined]);
  await world.to(25);
  expect(world.ran).toEqual(["10 for 10", "20 for 20"]);
  expect(await world.tasks.get("t1")).toMatchObject({
    runCount: 2,
    errorCount: 0,
    lastRun: new Date(start + 20 * minute),
    nextRun: new Date(start + 30 * minute),
  });
});

test("[TKS-1] what is handed out are copies", async () => {
  await using world = await setup();
  const params = { list: [1] };
  const task = await world.register({ params, tags: ["x"] });
  params.list.push(2);
  Object.assign(task, { schedule: "1m" });
  Object.assign(task.params ?? {}, { more: true });
  expect(await world.tasks.get("t1")).toMatchObject({ schedule: "10m", params: { list: [1] }, tags: ["x"] });
});

test("[TKS-2] faulty input is refused with one issue per field, and nothing is stored", async () => {
  const input = z.object({ to: z.string().email().min(50), box: z.object({ n: z.number() }) }).strict();
  await using world = await setup({ input });
  const register = world.register({
    schedule: "soon",
    timezone: "Europe/Atlantis",
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what no type lets through
    overlap: "sometimes" as "skip",
    params: { to: "ann", box: { n: "5" }, more: 1, andMore: 2 },
  });
  await expect(register).rejects.toEqual(expect.objectContaining({ code: "task.invalid" }));
  const { details }: { details: { issues: { field: string }[] } } = await register.catch((error) => error);
  const fields = details.issues.map((issue) => issue.field);
  expect(fields.toSorted()).toEqual([
    "overlap",
    "params",
    "params.box.n",
    "params.to",
    "schedule",
    "timezone",
  ]);
  expect(await world.tasks.all()).toEqual([]);
  expect(await world.journal.read()).toEqual(await world.journal.read({ category: "system" }));
});

test.each<readonly [string, object, string, RegExp]>([
  ["an action that is unknown", { action: "mail:sent" }, "action", /mail:send/],
  ["no action", { action: undefined }, "action", /missing/],
  ["params that are no JSON", { params: { f: () => 1 } }, "params", /function/],
  ["params of null", { params: null }, "params", /expected object/i],
  ["a Date where the schema wants one", { params: { to: "ann", at: new Date() } }, "params.at", /date/i],
])("[TKS-2] %s is told under its field", async (_name, task, field, message) => {
  const input = z.object({ to: z.string().default("ann"), at: z.date().optional() });
  await using world = await setup({ input });
  const issue = expect.objectContaining({ field, message: expect.stringMatching(message) });
  const error = expect.objectContaining({ code: "task.invalid", details: { issues: [issue] } });
  await expect(world.register(task)).rejects.toEqual(error);
  expect(await world.tasks.all()).toEqual([]);
});

test("[TKS-2] a key that the params do not give is told under the params", async () => {
  await using world = await setup({ concurrency: { limit: 1, key: (input) => Object(input).customer } });
  const issue = expect.objectContaining({ field: "params" });
  const error = expect.objectContaining({ code: "task.invalid", details: { issues: [issue] } });
  await expect(world.register({ params: {} })).rejects.toEqual(error);
  expect(await world.tasks.all()).toEqual([]);
});

test("[TKS-3] whatever is asked of an unknown task is refused as task.not-found", async () => {
  await using world = await setup();
  const { tasks } = world;
  const missing = expect.objectContaining({
    code: "task.not-found",
    message: expect.stringContaining('"t9"'),
  });
  for (const call of [
    () => tasks.start("t9"),
    () => tasks.stop("t9"),
    () => tasks.remove("t9"),
    () => tasks.trigger("t9"),
    () => tasks.preview("t9"),
    () => tasks.explain("t9", 5),
    () => tasks.backfill("t9", { from: 5, to: 6 }),
    () => tasks.occurrences("t9").next(),
  ])
    await expect(call()).rejects.toEqual(missing);
  expect(await tasks.get("t9")).toBeUndefined();
});

test("[TKS-4] a change that expects another version is refused, and an edit keeps counters and history", async () => {
  await using world = await setup();
  await world.register();
  await world.to(10);
  const { tasks } = world;
  const asked: TaskInput = { id: "t1", type: "interval", schedule: "30m", action: "mail:send" };
  const conflict = expect.objectContaining({ code: "task.conflict" });
  await expect(tasks.register(asked, { expectedVersion: 2 })).rejects.toEqual(conflict);
  await expect(tasks.register(asked, { expectedVersion: 0 })).rejects.toEqual(conflict);
  const edited = await tasks.register(asked, { expectedVersion: 1, actor: "user:ann" });
  expect(edited).toMatchObject({ version: 2, runCount: 1, schedule: "30m" });
  expect(await world.ledger()).toEqual(["10 run"]);
  const [event] = await world.journal.read({ kind: "task.registered" });
  expect(event).toMatchObject({ actor: "user:ann", subject: "task:t1" });
});

test("[TKS-5] a stop lets a running run finish, and a start goes on without what was missed", async () => {
  let end = (): void => undefined;
  await using world = await setup({ run: () => new Promise<null>((resolve) => (end = () => resolve(null))) });
  await world.register();
  await world.to(10);
  const stopped = await world.tasks.stop("t1", { note: "moving house", actor: "user:ann" });
  expect(stopped).toMatchObject({ enabled: false, pausedNote: "moving house" });
  expect(stopped.nextRun).toBeUndefined();
  await world.to(35);
  expect((await world.runs.counts()).running).toBe(1);
  end();
  await world.clock.settle();
  expect((await world.tasks.get("t1"))?.runCount).toBe(1);
  const started = await world.tasks.start("t1");
  expect(started).toMatchObject({ enabled: true, nextRun: new Date(start + 40 * minute) });
  expect(started.pausedNote).toBeUndefined();
  await world.to(40);
  expect(await world.ledger()).toEqual(["10 run", "20 paused", "30 paused", "40 run"]);
});

test("[TKS-6] a once runs once, whatever is done to it afterwards", async () => {
  await using world = await setup();
  const once: Partial<TaskInput> = { type: "once", schedule: new Date(start + 5 * minute) };
  await world.register(once);
  await world.to(5);
  expect(world.ran).toEqual(["5 for 5"]);
  await world.register(once);
  await world.tasks.stop("t1");
  await world.tasks.start("t1");
  await world.register({ ...once, params: { other: true } });
  await world.clock.jump(start);
  await world.to(10);
  await world.tasks.remove("t1");
  await world.register(once);
  await world.to(20);
  expect(world.ran).toEqual(["5 for 5"]);
});

test("[TKS-7] a trigger runs now, beside the schedule, with its own params where given", async () => {
  const inputs: unknown[] = [];
  await using world = await setup({
    input: z.object({ to: z.string() }),
    run(input) {
      inputs.push(input);
      return never();
    },
  });
  await world.register({ params: { to: "ann" }, priority: 3, tags: ["x"] });
  await world.to(10);
  const run = await world.tasks.trigger("t1", { params: { to: "ben" }, actor: "user:ann" });
  await world.tasks.trigger("t1");
  await world.clock.settle();
  // The scheduled run is still under way: a trigger waits for no other run of the task.
  expect(inputs).toEqual([{ to: "ann" }, { to: "ben" }, { to: "ann" }]);
  expect(run).toMatchObject({
    taskId: "t1",
    action: "mail:send",
    priority: 3,
    tags: ["x"],
    state: "waiting",
  });
  expect(await world.ledger()).toEqual(["10 run"]);
  const once = { params: { to: "cid" }, key: "click-1" };
  expect((await world.tasks.trigger("t1", once)).id).toBe((await world.tasks.trigger("t1", once)).id);
  await expect(world.tasks.trigger("t1", { key: "" })).rejects.toMatchObject({ code: "run.invalid" });
  const refused = world.tasks.trigger("t1", { params: { to: 5 } });
  await expect(refused).rejects.toEqual(expect.objectContaining({ code: "run.invalid" }));
});

test("[TKS-7] a trigger keeps to the limits of its action, with the key that its params give", async () => {
  const inputs: unknown[] = [];
  const key = (input: unknown): string => String(Object(input).box);
  await using world = await setup({
    concurrency: { limit: 1, key },
    run(input) {
      inputs.push(input);
      return never();
    },
  });
  await world.register({ params: { box: "a" }, overlap: "allow" });
  await world.tasks.trigger("t1");
  await world.tasks.trigger("t1");
  await world.tasks.trigger("t1", { params: { box: "b" } });
  await world.clock.settle();
  expect(inputs).toEqual([{ box: "a" }, { box: "b" }]);
});

test("[TKS-8] a preview tells the next times, of a saved task or of one that is not, and saves nothing", async () => {
  await using world = await setup();
  const paris: TaskInput = {
    id: "p",
    type: "cron",
    schedule: "30 2 * * *",
    timezone: "Europe/Paris",
    action: "mail:send",
  };
  const times = await world.tasks.preview(paris, { count: 3, from: "2026-03-28T12:00:00Z" });
  // On the 29th there is no half past two in Paris.
  expect(times.map((time) => [time.at.toISOString(), time.note === undefined])).toEqual([
    ["2026-03-29T01:00:00.000Z", false],
    ["2026-03-30T00:30:00.000Z", true],
    ["2026-03-31T00:30:00.000Z", true],
  ]);
  expect(times[1]?.local).toContain("02:30:00");
  expect(await world.tasks.all()).toEqual([]);
  await world.register();
  expect((await world.tasks.preview("t1")).map((time) => minutesOf(time.at.getTime()))).toEqual([
    10, 20, 30, 40, 50,
  ]);
  const invalid = expect.objectContaining({ code: "task.invalid" });
  for (const count of [0, 1_001, 1.5])
    await expect(world.tasks.preview("t1", { count })).rejects.toEqual(invalid);
  await expect(world.tasks.preview({ ...paris, schedule: "61 * * * *" })).rejects.toEqual(invalid);
});

test("[TKS-9] explaining an instant tells what became of it, and why", async () => {
  await using world = await setup({ run: never });
  await world.register({ exclude: ["0 1 * * *"], type: "cron", schedule: "*/10 * * * *" });
  await world.to(35);
  const explain = async (minutes: number): Promise<unknown> => {
    const { at, outcome, reason, runId } = await world.tasks.explain("t1", start + minutes * minute);
    expect(at).toEqual(new Date(start + minutes * minute));
    return [outcome, runId === undefined ? reason : "has a run"];
  };
  expect(await explain(10)).toEqual(["run", "has a run"]);
  expect(await explain(20)).toEqual(["skipped", "overlap"]);
  expect(await explain(15)).toMatchObject(["not scheduled", expect.stringContaining("nearest")]);
  expect(await explain(-10)).toMatchObject(["not scheduled", expect.stringContaining("before")]);
  expect(await explain(40)).toMatchObject(["pending", expect.anything()]);
  await world.tasks.stop("t1");
  await world.to(45);
  expect(await explain(40)).toEqual(["skipped", "paused"]);
  await expect(world.tasks.explain("t1", "soon")).rejects.toEqual(
    expect.objectContaining({ code: "instant.invalid" }),
  );
});

test("[TKS-9] a time that a backfill has run is explained as run, and is in the ledger once, in its place", async () => {
  await using world = await setup();
  await world.register({ overlap: "allow" });
  await world.tasks.stop("t1");
  await world.to(55);
  await world.tasks.start("t1");
  expect(await world.ledger()).toEqual([10, 20, 30, 40, 50].map((at) => `${at} paused`));
  await world.tasks.backfill("t1", { from: start + 30 * minute, to: start + 40 * minute });
  expect(await world.ledger()).toEqual(["10 paused", "20 paused", "30 run", "40 run", "50 paused"]);
  expect(await world.tasks.explain("t1", start + 30 * minute)).toMatchObject({ outcome: "run" });
  expect(await world.ledger({ outcome: "skipped" })).toEqual(["10 paused", "20 paused", "50 paused"]);
  expect(await world.ledger({ outcome: "run" })).toEqual(["30 run", "40 run"]);
});

test("[TKS-10] the ledger is oldest first, whatever spans lie over each other, in any range", async () => {
  await using world = await setup();
  await world.register({ type: "cron", schedule: "*/10 * * * *", exclude: ["30 0 * * *"], overlap: "allow" });
  await world.tasks.stop("t1");
  await world.to(65);
  expect(await world.ledger()).toEqual([
    "10 paused",
    "20 paused",
    "30 excluded",
    "40 paused",
    "50 paused",
    "60 paused",
  ]);
  await world.tasks.start("t1");
  await world.to(70);
  const all = ["10 paused", "20 paused", "30 excluded", "40 paused", "50 paused", "60 paused", "70 run"];
  expect(await world.ledger()).toEqual(all);
  for (const [from, to] of [
    [20, 50],
    [30, 30],
    [35, 39],
    [60, 80],
    [0, 10],
  ] as const) {
    const inside = all.filter((line) => Number.parseInt(line, 10) >= from && Number.parseInt(line, 10) <= to);
    expect(await world.ledger({ from: start + from * minute, to: start + to * minute })).toEqual(inside);
  }
});

test("[TKS-11] a backfill runs every time of a stretch, both ends included, that has not run", async () => {
  await using world = await setup();
  await world.register({ overlap: "queue all", anchor: start });
  await world.to(20);
  const range = { from: start - 20 * minute, to: start + 20 * minute };
  expect(await world.tasks.backfill("t1", range)).toEqual({ enqueued: 3, skipped: 2 });
  await world.clock.settle();
  expect(world.ran).toEqual(["10 for 10", "20 for 20", "20 for -20", "20 for -10", "20 for 0"]);
  expect(await world.tasks.backfill("t1", range)).toEqual({ enqueued: 0, skipped: 5 });
});

test("[TKS-11] a stretch that ends before it begins, lies ahead, or holds too much is refused", async () => {
  await using world = await setup();
  await world.register();
  const invalid = expect.objectContaining({
    code: "task.invalid",
    details: { issues: [expect.objectContaining({ field: "to" })] },
  });
  const fill = (from: number, to: number): Promise<unknown> =>
    world.tasks.backfill("t1", { from: start + from * minute, to: start + to * minute });
  await expect(fill(0, -1)).rejects.toEqual(invalid);
  await expect(fill(0, 10)).rejects.toEqual(invalid);
  await expect(fill(-2_000_000_000, 0)).rejects.toEqual(invalid);
  expect((await world.runs.counts()).waiting).toBe(0);
});

test('[TKS-12] overlap "cancel running" tells the handler that its time is over', async () => {
  await using world = await setup({
    run(_input, ctx) {
      world.contexts.push(ctx);
      return never();
    },
  });
  await world.register({ overlap: "cancel running" });
  await world.to(20);
  expect(world.contexts.map((ctx) => ctx.signal.aborted)).toEqual([true, false]);
  expect(world.contexts[0]?.signal.reason).toMatchObject({ code: "run.cancelled" });
  expect(await world.runs.counts()).toMatchObject({ running: 1, cancelled: 1 });
});

test('[TKS-12] overlap "cancel running" tells the handler also when an edit or a stop brings the next run', async () => {
  await using world = await setup({
    run(_input, ctx) {
      world.contexts.push(ctx);
      return never();
    },
  });
  await world.register({ overlap: "cancel running" });
  // Set before the ticker's own: the time is due, and the edit has to give it its outcome.
  world.clock.timer(start + 20 * minute, () => {
    void world.register({ overlap: "cancel running", priority: 1 });
  });
  await world.to(20);
  expect(world.contexts.map((ctx) => ctx.signal.aborted)).toEqual([true, false]);
});

test.each([
  ["latest", ["10 limit", "20 limit", "30 limit", "40 limit", "50 run"], 1],
  ["none", ["10 window", "20 window", "30 window", "40 window", "50 window"], 0],
  ["all", ["10 run", "20 run", "30 run", "40 run", "50 run"], 5],
] as const)(
  "[TKS-13] after a clock jumped over times, missed %s decides what runs",
  async (missed, ledger, runs) => {
    await using world = await setup();
    await world.register({ missed, overlap: "allow" });
    await world.clock.jump(start + 55 * minute);
    expect(await world.ledger()).toEqual(ledger);
    expect(world.ran.length).toBe(runs);
  },
);

test("[TKS-13] a clock that is set back makes nothing run twice, and goes on when it has caught up", async () => {
  await using world = await setup();
  await world.register();
  await world.to(20);
  await world.clock.jump(start - 60 * minute);
  await world.to(30);
  expect(await world.ledger()).toEqual(["10 run", "20 run", "30 run"]);
});

test("[TKS-14] the output of each pass is the input of the next, retries stay inside their pass", async () => {
  const seen: string[] = [];
  await using world = await setup({
    retry: { attempts: 2, delay: "1s", jitter: false },
    run(input, ctx) {
      seen.push(`pass ${ctx.pass} attempt ${ctx.attempt} with ${JSON.stringify(input)}`);
      if (ctx.pass === 2 && ctx.attempt === 1) throw new Error("busy");
      return { sum: Number(Object(input).sum) + ctx.pass };
    },
  });
  await world.register({ passes: 3, params: { sum: 0 } });
  await world.to(11);
  expect(seen).toEqual([
    'pass 1 attempt 1 with {"sum":0}',
    'pass 2 attempt 1 with {"sum":1}',
    'pass 2 attempt 2 with {"sum":1}',
    'pass 3 attempt 1 with {"sum":3}',
  ]);
  const [run] = (await world.runs.list({ taskId: "t1" })).items;
  expect(run).toMatchObject({ state: "succeeded", pass: 3, result: { sum: 6 } });
  expect((await world.tasks.get("t1"))?.runCount).toBe(1);
});

test("[TKS-15] a task that pauses on failure stops with a note, and a start lets it run again", async () => {
  await using world = await setup({
    retry: { attempts: 1 },
    run: () => Promise.reject(new Error("no such mailbox")),
  });
  await world.register({ pauseOnFailure: true });
  await world.to(35);
  expect(await world.tasks.get("t1")).toMatchObject({
    enabled: false,
    errorCount: 1,
    lastError: "no such mailbox",
    pausedNote: expect.stringContaining("no such mailbox"),
  });
  await world.tasks.start("t1");
  await world.to(40);
  expect((await world.tasks.get("t1"))?.errorCount).toBe(2);
  expect(await world.ledger()).toEqual(["10 run", "20 paused", "30 paused", "40 run"]);
});

test("[TKS-16] what the task says of retries, timeouts and priority goes before what its action says", async () => {
  await using world = await setup({ retry: { attempts: 5 }, timeout: "1h", priority: 1, run: never });
  await world.register({ retry: { attempts: 2, delay: "1m", jitter: false }, timeout: "30s", priority: 7 });
  await world.to(19);
  const [run] = (await world.runs.list({ taskId: "t1" })).items;
  expect(run).toMatchObject({
    state: "failed",
    attempt: 2,
    maxAttempts: 2,
    priority: 7,
    error: { code: "run.timeout" },
  });
  // 30 s, a minute of waiting, 30 s.
  expect(run?.finishedAt).toEqual(new Date(start + 12 * minute));
});

test("[TKS-17] jitter delays the run and not its nominal time", async () => {
  await using world = await setup();
  await world.register({ jitter: "5m" });
  await world.to(45);
  for (const line of world.ran) {
    const [ranAt = 0, meant = 0] = line.split(" for ").map(Number);
    expect(ranAt - meant).toBeGreaterThanOrEqual(0);
    expect(ranAt - meant).toBeLessThan(5);
    expect(meant % 10).toBe(0);
  }
  expect(world.ran.length).toBe(4);
});

test("[TKS-18] tasks are listed by id, by tag and by whether they are on", async () => {
  await using world = await setup();
  for (const id of ["c", "a", "b"])
    await world.register({ id, enabled: id !== "b", tags: id === "c" ? ["x"] : [] });
  const ids = async (filter = {}): Promise<string> =>
    (await world.tasks.all(filter)).map((task) => task.id).join("");
  expect([await ids(), await ids({ tag: "x" }), await ids({ enabled: false })]).toEqual(["abc", "c", "b"]);
});

test("[TKS-18] more tasks than fit a page are all listed", async () => {
  await using world = await setup();
  const task = (index: number): Partial<TaskInput> => ({ id: `t${String(index).padStart(4, "0")}` });
  await Promise.all(Array.from({ length: 1_203 }, (_, index) => world.register(task(index))));
  const all = await world.tasks.all();
  expect([all.length, new Set(all.map(({ id }) => id)).size]).toEqual([1_203, 1_203]);
});
