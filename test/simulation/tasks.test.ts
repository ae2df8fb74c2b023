// The whole runtime, simulated: thousands of steps of whatever people, clocks and power cuts do to tasks, and after every
// step the law of the ledger. A failure prints its seed; SIM_SEED repeats it, SIM_STEPS and SIM_SEEDS make it longer.
import { expect, test } from "vitest";
import type { TaskInput } from "../../src/task/task.ts";
import { SimTask } from "./sim-model.ts";
import { SimWorld } from "./sim-world.ts";

const overlaps = ["skip", "queue one", "queue all", "cancel running", "allow"] as const;
const schedules: readonly Partial<TaskInput>[] = [
  { type: "cron", schedule: "*/7 * * * *" },
  { type: "cron", schedule: "30 2 * * *", timezone: "Europe/Paris" },
  { type: "cron", schedule: "*/20 1-4 * * *", timezone: "Europe/Paris", dst: "skip" },
  { type: "cron", schedule: "0 * * * *", exclude: ["0 6-8 * * *"] },
  { type: "interval", schedule: "11m" },
  { type: "interval", schedule: "1h", anchor: Date.UTC(2026, 2, 1, 0, 10) },
  { type: "interval", schedule: "2h", every: "wall", timezone: "Europe/Paris" },
  { type: "interval", schedule: "9m", jitter: "4m" },
  { type: "interval", schedule: "13m", maxRuns: 20 },
];
const minute = 60_000;
/** The day before the night in which Paris has no half past two. */
const startAt = Date.UTC(2026, 2, 28, 6);

class Simulation {
  readonly #world: SimWorld;
  readonly #tasks = overlaps.map((_, index) => new SimTask(`task-${index}`));

  constructor(world: SimWorld) {
    this.#world = world;
  }

  /** Does something, and says what. */
  async step(): Promise<string> {
    const task = this.#pick(this.#tasks);
    const { runtime, clock } = this.#world;
    const moves: readonly (readonly [number, string, () => Promise<unknown>])[] = [
      [30, "advance", () => clock.advance(this.#below(30) * minute)],
      [4, "advance far", () => clock.advance(this.#below(600) * minute)],
      [12, "register", () => this.#register(task)],
      [6, "start", () => this.#ask(task, () => runtime.tasks.start(task.id))],
      [6, "stop", () => this.#ask(task, () => runtime.tasks.stop(task.id, { note: "simulated" }))],
      [
        6,
        "trigger",
        () => this.#ask(task, async () => task.triggered.add((await runtime.tasks.trigger(task.id)).id)),
      ],
      [3, "remove", () => this.#remove(task)],
      [3, "backfill", () => this.#backfill(task)],
      [2, "kill", () => runtime.control.kill({ scope: this.#scope(task) })],
      [2, "kill for a while", () => this.#killForAWhile(task)],
      [12, "restore", () => runtime.control.restore({ scope: this.#scope(task) })],
      [3, "jump forward", () => clock.jump(clock.now() + this.#below(1_000) * minute)],
      [2, "jump back", () => clock.jump(clock.now() - this.#below(200) * minute)],
      [3, "crash", () => this.#world.crash()],
      [2, "restart", () => this.#world.restart()],
    ];
    const [, name, move] = this.#weighted(moves);
    await move();
    await clock.settle();
    return `${name} ${task.id}`;
  }

  async #register(task: SimTask): Promise<void> {
    const index = this.#tasks.indexOf(task);
    const before = await this.#world.disk.tasks.get({ id: task.id });
    const ended = task.exists ? undefined : await this.#ended(task);
    const late = before === undefined ? 0 : Math.max(before.cursor, this.#world.clock.now());
    await this.#world.runtime.tasks.register({
      id: task.id,
      action: "sim:work",
      // The policy is the task's own, so that what may overlap is known.
      overlap: overlaps[index] ?? "skip",
      enabled: this.#world.random.next() < 0.8,
      missed: this.#pick(["latest", "none", "all"]),
      tags: [String(this.#below(3))],
      pauseOnFailure: this.#world.random.next() < 0.1,
      type: "interval",
      schedule: "1h",
      ...this.#pick(schedules),
    });
    const state = await this.#world.disk.tasks.get({ id: task.id });
    if (state === undefined) throw new Error(`${task.id} was registered and is not there`);
    if (ended !== undefined) [task.endedBefore, task.failedBefore] = ended;
    task.define(state.definition, late, state.cursor);
  }

  async #remove(task: SimTask): Promise<void> {
    const state = await this.#world.disk.tasks.get({ id: task.id });
    if (state === undefined) return;
    await this.#world.runtime.tasks.remove(task.id);
    task.remove(state.cursor);
  }

  async #backfill(task: SimTask): Promise<void> {
    const to = this.#world.clock.now();
    const from = to - this.#below(90) * minute;
    await this.#ask(task, () => this.#world.runtime.tasks.backfill(task.id, { from, to }));
    task.fill(from, to);
  }

  async #ask(task: SimTask, act: () => Promise<unknown>): Promise<void> {
    if (task.exists) await act();
  }

  #killForAWhile(task: SimTask): Promise<void> {
    const until = this.#world.clock.now() + (1 + this.#below(120)) * minute;
    return this.#world.runtime.control.kill({ scope: this.#scope(task), until });
  }

  #scope(task: SimTask): string {
    return this.#pick(["all", "action:sim:work", `task:${task.id}`]);
  }

  /** What must hold after every step. */
  async check(): Promise<void> {
    const now = this.#world.clock.now();
    for (const task of this.#tasks) {
      const state = await this.#world.disk.tasks.get({ id: task.id });
      expect(state !== undefined, `${task.id} is there or not`).toBe(task.exists);
      if (state === undefined) continue;
      if (state.nextDue !== undefined) {
        expect(state.enabled, `${task.id} is due though it is off`).toBe(true);
        expect(state.nextDue, `${task.id} was due and did not fire`).toBeGreaterThan(now);
      }
      if (overlaps[this.#tasks.indexOf(task)] !== "allow") await this.#checkOverlap(task);
    }
  }

  async #checkOverlap(task: SimTask): Promise<void> {
    const { items } = await this.#world.disk.runs.list({ taskId: task.id, state: "running", limit: 100 });
    const scheduled = items.filter((run) => !task.triggered.has(run.id));
    expect(scheduled.length, `${task.id} overlaps itself`).toBeLessThanOrEqual(1);
  }

  /** Holds the whole ledger of a task against the rules that it had, and its counters against its runs. */
  async checkLedger(task: SimTask): Promise<void> {
    const state = await this.#world.disk.tasks.get({ id: task.id });
    if (state === undefined) return;
    const now = this.#world.clock.now();
    // A stopped task stands still: what passes meanwhile follows from the rule, when its jitter has passed as well.
    const passed = now - (state.definition.jitter ?? 0);
    const end = state.enabled ? state.cursor : Math.max(state.cursor, passed);
    const outcomes = new Map<number, string>();
    for await (const { at, outcome, reason, runId } of this.#world.runtime.tasks.occurrences(task.id)) {
      const time = at.getTime();
      expect(outcomes.has(time), `${task.id} has two outcomes for ${at.toISOString()}`).toBe(false);
      expect(time, `${task.id} is not in order at ${at.toISOString()}`).toBeGreaterThan(
        [...outcomes.keys()].at(-1) ?? 0,
      );
      outcomes.set(time, outcome === "run" ? `run ${runId}` : `skipped ${reason}`);
      expect(
        outcome === "run" ? runId : reason,
        `${task.id} has no reason at ${at.toISOString()}`,
      ).toBeDefined();
    }
    const expected = task.times(end);
    const missing = [...expected].filter((at) => !outcomes.has(at));
    expect(
      missing.map((at) => new Date(at).toISOString()),
      `${task.id}: no outcome`,
    ).toEqual([]);
    const foreign = [...outcomes.keys()].filter(
      (at) => !expected.has(at) && !task.filled.has(at) && at <= end,
    );
    expect(
      foreign.map((at) => new Date(at).toISOString()),
      `${task.id}: no nominal time`,
    ).toEqual([]);
    await this.#checkRuns(task, outcomes);
    const [ended, failed] = await this.#ended(task);
    expect([state.runCount, state.errorCount], `counters of ${task.id}`).toEqual([
      ended - task.endedBefore,
      failed - task.failedBefore,
    ]);
  }

  /** Every run of the ledger is there for its time, and every scheduled run is in the ledger. */
  async #checkRuns(task: SimTask, outcomes: ReadonlyMap<number, string>): Promise<void> {
    const told = new Set(
      [...outcomes.values()].filter((one) => one.startsWith("run ")).map((one) => one.slice(4)),
    );
    const times = new Map([...outcomes].map(([at, one]) => [one.slice(4), at]));
    for (const run of await this.#runs(task)) {
      if (!told.delete(run.id)) continue;
      expect(run.scheduledFor, `time of run ${run.id}`).toBe(times.get(run.id));
    }
    expect([...told], `${task.id}: runs of the ledger that are not there`).toEqual([]);
  }

  async #ended(task: SimTask): Promise<readonly [number, number]> {
    const runs = await this.#runs(task);
    const ended = runs.filter((run) => run.finishedAt !== undefined && run.startedAt !== undefined);
    // A run that waited for its next attempt when it was cancelled had started, but was not running.
    const counted = ended.filter((run) => run.state !== "cancelled" || run.node !== undefined);
    return [counted.length, counted.filter((run) => run.state === "failed").length];
  }

  async #runs(task: SimTask): Promise<Awaited<ReturnType<SimWorld["disk"]["runs"]["list"]>>["items"]> {
    const items = [];
    let before: string | undefined;
    do {
      const page = await this.#world.disk.runs.list({
        taskId: task.id,
        limit: 1_000,
        ...(before === undefined ? {} : { before }),
      });
      items.push(...page.items);
      before = page.next;
    } while (before !== undefined);
    return items;
  }

  /** Everything to its end: nothing is stuck, and every count is true. */
  async finish(): Promise<void> {
    const { runtime, clock, disk } = this.#world;
    for (const { scope } of (await runtime.control.status()).killed) await runtime.control.restore({ scope });
    for (const task of this.#tasks) await this.checkLedger(task);
    for (const task of this.#tasks) await this.#remove(task);
    await clock.advance("14d");
    const counts = await disk.runs.counts();
    expect([counts.waiting, counts.running], "runs that never ended").toEqual([0, 0]);
    expect((await disk.inspect({ now: clock.now() })).filter((finding) => !finding.ok)).toEqual([]);
  }

  any(): SimTask {
    return this.#pick(this.#tasks);
  }

  #weighted<Move extends readonly [number, ...unknown[]]>(moves: readonly Move[]): Move {
    let draw = this.#world.random.next() * moves.reduce((sum, [weight]) => sum + weight, 0);
    for (const move of moves) {
      draw -= move[0];
      if (draw < 0) return move;
    }
    return this.#pick(moves);
  }

  #below(limit: number): number {
    return Math.floor(this.#world.random.next() * limit);
  }

  #pick<Item>(items: readonly Item[]): Item {
    const item = items[this.#below(items.length)];
    if (item === undefined) throw new Error("nothing to pick from");
    return item;
  }
}

const steps = Number(process.env["SIM_STEPS"] ?? 1_000);
const seeds =
  process.env["SIM_SEED"] === undefined
    ? Array.from({ length: Number(process.env["SIM_SEEDS"] ?? 2) }, (_, index) => `simulation ${index}`)
    : [process.env["SIM_SEED"]];

test.each(seeds)(
  "[TKS-30] %s: every nominal time up to the cursor is exactly one of run or skipped with a reason",
  { timeout: 1_800_000 },
  async (seed) => {
    const world = await SimWorld.create(seed, startAt);
    const simulation = new Simulation(world);
    const done: string[] = [];
    try {
      for (let step = 0; step < steps; step++) {
        done.push(await simulation.step());
        await simulation.check();
        if (step % 10 === 0) await simulation.checkLedger(simulation.any());
      }
      await simulation.finish();
    } catch (error) {
      const last = done.slice(-25).join(", ");
      throw new Error(`SIM_SEED=${JSON.stringify(seed)} at step ${done.length}, after ${last}`, {
        cause: error,
      });
    }
    await world.end();
  },
);
