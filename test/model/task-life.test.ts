// The life of a task against a model: commands in any order, shrunk when they break the one law that matters.
// Every nominal time that has passed is exactly one of run or skipped with a reason; nothing else is in the ledger.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { sqlite } from "../../src/sqlite/sqlite-storage.ts";
import { parseRule } from "../../src/schedule/parse-rule.ts";
import type { Rule } from "../../src/schedule/rule.ts";
import type { Storage } from "../../src/storage/storage.ts";
import type { Missed, Overlap, TaskInput } from "../../src/task/task.ts";
import { testClock, type TestClock } from "../../src/testing/test-clock.ts";
import { createRuntime } from "../../src/runtime/create-runtime.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";
import { seededRandom } from "../../src/testing/seeded-random.ts";
import { MortalClock } from "../support/mortal-clock.ts";

/** From when on which rule held; `undefined` while there is no task. */
interface Stretch {
  readonly after: number;
  readonly rule: Rule;
}

interface Model {
  stretches: Stretch[];
  schedule: string | undefined;
  anchor: number | undefined;
}

class World {
  readonly clock: TestClock;
  readonly #file: string;
  #storage: Storage;
  #process: MortalClock;
  #detach = (): void => undefined;
  #lives = 0;
  runtime: Runtime;
  handlerMs = 0;

  private constructor(clock: TestClock, file: string, begun: Begun) {
    this.clock = clock;
    this.#file = file;
    this.#storage = begun.storage;
    this.#process = begun.process;
    this.runtime = begun.runtime;
  }

  static async create(startAt: number): Promise<World> {
    const clock = testClock(startAt);
    const file = join(mkdtempSync(join(tmpdir(), "escapement-model-")), "model.db");
    const world = new World(clock, file, await begin(file, clock, 0));
    await world.#startWork();
    return world;
  }

  async #startWork(): Promise<void> {
    this.#detach = this.clock.attach(() => this.#storage.settled());
    this.runtime.action("model:work", {
      retry: { attempts: 2, delay: "1s", jitter: false },
      run: (_input, ctx) =>
        new Promise<null>((resolve) => this.#process.timer(ctx.now() + this.handlerMs, () => resolve(null))),
    });
    await this.runtime.start();
  }

  /** The process is gone: nothing is handed back, no lease is given up. */
  async crash(): Promise<void> {
    await this.clock.settle();
    this.#process.kill();
    this.#detach();
    await this.#storage.close();
    const begun = await begin(this.#file, this.clock, ++this.#lives);
    this.#storage = begun.storage;
    this.#process = begun.process;
    this.runtime = begun.runtime;
    await this.#startWork();
  }

  async end(): Promise<void> {
    await this.runtime.stop({ drain: 0 });
    rmSync(dirname(this.#file), { recursive: true });
  }
}

interface Begun {
  readonly storage: Storage;
  readonly process: MortalClock;
  readonly runtime: Runtime;
}

/** Two processes never draw the same random numbers, also when they follow each other within a millisecond. */
async function begin(file: string, clock: TestClock, life: number): Promise<Begun> {
  const storage = sqlite(file, { durability: "relaxed" });
  const process = new MortalClock(clock);
  return {
    storage,
    process,
    runtime: await createRuntime({ storage, clock: process, random: seededRandom(`model ${life}`) }),
  };
}

type TaskCommand = fc.AsyncCommand<Model, World>;

/** Holds the ledger against the rules that held. */
async function checkLedger(model: Model, world: World): Promise<void> {
  await world.clock.settle();
  expect((await world.runtime.doctor()).filter((finding) => !finding.ok)).toEqual([]);
  if (model.stretches.length === 0) return;
  const ledger = new Map<number, string>();
  for await (const { at, outcome, reason, runId } of world.runtime.tasks.occurrences("task")) {
    const time = at.getTime();
    if (reason === "dst-gap" || reason === "excluded") continue;
    expect(ledger.has(time), `${at.toISOString()} is in the ledger twice`).toBe(false);
    ledger.set(time, outcome === "run" ? `run ${runId}` : `skipped ${reason}`);
    if (outcome === "run") expect((await world.runtime.runs.get(runId ?? ""))?.scheduledFor).toEqual(at);
    else expect(reason).toBeDefined();
  }
  const expected = new Set<number>();
  model.stretches.forEach(({ after, rule }, index) => {
    const until = model.stretches[index + 1]?.after ?? world.clock.now();
    for (let at = rule.next(after); at !== null && at <= until; at = rule.next(at)) expected.add(at);
  });
  const missing = [...expected].filter((at) => !ledger.has(at)).map((at) => new Date(at).toISOString());
  expect(missing, "nominal times without an outcome").toEqual([]);
  // A clock set back leaves outcomes that lie in what is now the future.
  const foreign = [...ledger.keys()]
    .filter((at) => !expected.has(at) && at <= world.clock.now())
    .map((at) => new Date(at).toISOString());
  expect(foreign, "in the ledger, but no nominal time").toEqual([]);
}

function command(
  name: string,
  check: (model: Model) => boolean,
  act: (model: Model, world: World) => Promise<void>,
): TaskCommand {
  return {
    check,
    toString: () => name,
    async run(model, world) {
      await act(model, world);
      await checkLedger(model, world);
    },
  };
}

const exists = (model: Model): boolean => model.stretches.length > 0;

const schedules: readonly Pick<TaskInput, "type" | "schedule" | "timezone">[] = [
  { type: "cron", schedule: "*/7 * * * *", timezone: "Europe/Paris" },
  { type: "cron", schedule: "30 2 * * *", timezone: "Europe/Paris" },
  { type: "cron", schedule: "0,20,40 1-3 * * *", timezone: "Europe/Paris" },
  { type: "interval", schedule: "11m" },
];

function register(pick: number, overlap: Overlap, missed: Missed): TaskCommand {
  const times = schedules[pick] ?? schedules[0]!;
  const input: TaskInput = { id: "task", action: "model:work", overlap, missed, ...times };
  return command(
    `register(${JSON.stringify({ ...times, overlap, missed })})`,
    () => true,
    async (model, world) => {
      const task = await world.runtime.tasks.register(input);
      if (model.schedule === times.schedule) return;
      const anchor = task.anchor?.getTime();
      const rule = parseRule(
        { ...times, schedule: String(times.schedule), ...(anchor === undefined ? {} : { anchor }) },
        { seed: "task" },
      );
      model.schedule = String(times.schedule);
      // A clock that was set back does not make times owed again.
      const latest = model.stretches.at(-1)?.after ?? 0;
      model.stretches.push({ after: Math.max(latest, await cursorOf(world)), rule });
    },
  );
}

/** Times up to here had their outcome before: the newest line of the ledger, or now. */
async function cursorOf(world: World): Promise<number> {
  let newest = world.clock.now();
  for await (const { at } of world.runtime.tasks.occurrences("task")) newest = Math.max(newest, at.getTime());
  return newest;
}

const minutes = (count: number): number => count * 60_000;

const commands: fc.Arbitrary<TaskCommand>[] = [
  fc
    .tuple(
      fc.nat(3),
      fc.constantFrom<Overlap>("skip", "queue one", "queue all", "cancel running", "allow"),
      fc.constantFrom<Missed>("latest", "none", "all"),
    )
    .map((picks) => register(...picks)),
  fc.integer({ min: 1, max: 500 }).map((count) =>
    command(
      `advance(${count}m)`,
      () => true,
      (_model, world) => world.clock.advance(minutes(count)),
    ),
  ),
  fc.integer({ min: 10, max: 4_000 }).map((count) =>
    command(
      `jumpForward(${count}m)`,
      () => true,
      (_model, world) => world.clock.jump(world.clock.now() + minutes(count)),
    ),
  ),
  fc.integer({ min: 1, max: 300 }).map((count) =>
    command(
      `jumpBack(${count}m)`,
      () => true,
      (_model, world) => world.clock.jump(world.clock.now() - minutes(count)),
    ),
  ),
  fc.constant(
    command(
      "stop",
      exists,
      async (_model, world) => void (await world.runtime.tasks.stop("task", { note: "model" })),
    ),
  ),
  fc.constant(
    command("start", exists, async (_model, world) => void (await world.runtime.tasks.start("task"))),
  ),
  fc.constant(
    command("trigger", exists, async (_model, world) => void (await world.runtime.tasks.trigger("task"))),
  ),
  fc.constant(
    command(
      "crash",
      () => true,
      (_model, world) => world.crash(),
    ),
  ),
  fc.nat(40).map((count) =>
    command(
      `handlerTakes(${count}m)`,
      () => true,
      async (_model, world) => void (world.handlerMs = minutes(count)),
    ),
  ),
  fc.constant(
    command(
      "kill",
      () => true,
      (_model, world) => world.runtime.control.kill({ reason: "model" }),
    ),
  ),
  fc.constant(
    command(
      "restore",
      () => true,
      async (_model, world) => void (await world.runtime.control.restore()),
    ),
  ),
];

test(
  "[TSK-63] whatever happens to a task, every nominal time is exactly one of run or skipped with a reason",
  { timeout: 120_000 },
  async () => {
    // The evening before the night in which Paris has no half past two.
    const evening = Date.UTC(2026, 2, 28, 20);
    const numRuns = Number(process.env["MODEL_RUNS"] ?? 25);
    await fc.assert(
      fc.asyncProperty(fc.commands(commands, { maxCommands: 25 }), async (chosen) => {
        const world = await World.create(evening);
        try {
          await fc.asyncModelRun(
            () => ({ model: { stretches: [], schedule: undefined, anchor: undefined }, real: world }),
            chosen,
          );
        } finally {
          await world.end();
        }
      }),
      { numRuns },
    );
  },
);
