// The gate against a model, on both engines: commands in any order, shrunk when an engine does what the model does not.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { createIdSource } from "../../src/base/id.ts";
import { postgres } from "../../src/postgres/index.ts";
import { sqlite } from "../../src/sqlite/sqlite-storage.ts";
import type { ReleaseAnswer } from "../../src/storage/gate.ts";
import type { Outcome } from "../../src/storage/runs.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { seededRandom } from "../../src/testing/seeded-random.ts";
import { postgresServer } from "../support/postgres-server.ts";
import { GateModel, type Ask, type ModelRun } from "./gate-model.ts";

const start = 1_767_225_600_000;
const actions = ["mail:send", "page:fetch"];
const scopes = ["all", "action:mail:send", "action:page:fetch", "task:t1", "task:t2"];

/** Where the storages of a test come from, and how they go. */
interface Data {
  open(): Storage[];
  dispose(): void | Promise<void>;
  /** What a crash leaves of the storages as well. */
  readonly isInMemory?: boolean;
}

/** Where several operators stand: on PostgreSQL each at a node of its own. */
class Desk {
  /** Under which each run was claimed last. */
  readonly fences = new Map<string, number>();
  readonly model: GateModel;
  readonly newId: () => string;
  readonly #data: Data;
  /** The numbers of the journal that operators have seen, each with the moves that it stands for. */
  head = 0;
  seen = 0;
  storages: Storage[] = [];
  constructor(model: GateModel, data: Data) {
    this.model = model;
    this.#data = data;
    this.newId = createIdSource({ now: () => this.model.now }, seededRandom("gate"));
  }

  get storage(): Storage {
    const [first] = this.storages;
    if (first === undefined) throw new Error("There is no storage.");
    return first;
  }

  async open(): Promise<void> {
    this.storages = this.#data.open();
    for (const storage of this.storages) await storage.open();
    await this.#join();
  }

  /** The node comes back under its name: what it held waits again. */
  async crash(): Promise<void> {
    if (this.#data.isInMemory === true) return this.#join();
    await this.close();
    await this.open();
  }

  async #join(): Promise<void> {
    await this.storage.nodes.join({ node: "n1", now: this.model.now, leaseMs: 1e12 });
  }

  async close(): Promise<void> {
    for (const storage of this.storages) await storage.close();
  }

  async end(): Promise<void> {
    await this.close();
    await this.#data.dispose();
  }

  async press({ scope, key, seen }: Ask, operator = 0): Promise<string> {
    const storage = this.storages[operator % this.storages.length] ?? this.storage;
    const answer = await storage.gate.next({
      scope,
      actor: `user:${operator}`,
      now: this.model.now,
      ...(key === undefined ? {} : { key }),
      ...(seen === undefined ? {} : { expectedHead: this.head }),
    });
    return said(answer);
  }

  /** Everything that can be asked agrees with the model. */
  async check(): Promise<void> {
    const { model, storage } = this;
    for (const scope of scopes) {
      const { mode, next, reason } = await storage.gate.pending({ scope, now: model.now });
      expect([scope, next?.id ?? reason]).toEqual([scope, model.pending(scope)]);
      expect(mode === "stepper").toBe(model.gates.has("all") || model.gates.has(scope));
    }
    const gates = await storage.gate.list();
    expect(new Set(gates.map((gate) => gate.scope))).toEqual(model.gates);
    const { items } = await storage.runs.list({ limit: 1_000 });
    const states = new Map(items.map((run) => [run.id, run.state]));
    for (const run of model.runs) {
      const state = states.get(run.id);
      expect([run.id, state]).toEqual([run.id, run.state === "ended" ? "succeeded" : run.state]);
    }
  }

  async claim(): Promise<string[]> {
    const started: string[] = [];
    for (;;) {
      const { now } = this.model;
      const { runs } = await this.storage.runs.claim({ node: "n1", now, limit: 100, actions });
      started.push(...runs.map((run) => run.id));
      for (const { id, fence } of runs) this.fences.set(id, fence);
      if (runs.length < 100) return started;
    }
  }
}

function said(answer: ReleaseAnswer): string {
  return answer.status === "released" ? answer.event.subject.replace("run:", "") : answer.reason;
}

type GateCommand = fc.AsyncCommand<GateModel, Desk>;

function command(name: string, act: (model: GateModel, desk: Desk) => Promise<void>): GateCommand {
  return {
    check: () => true,
    toString: () => name,
    async run(model, desk) {
      await act(model, desk);
      await desk.check();
    },
  };
}

interface Arrival {
  readonly action: string;
  readonly taskId: string | undefined;
  readonly priority: number;
  readonly delay: number;
}

function arrive(given: readonly Arrival[]): GateCommand {
  return command(`arrive(${JSON.stringify(given)})`, async (model, desk) => {
    const runs = given.map(({ action, taskId, priority, delay }) => ({
      id: desk.newId(),
      action,
      priority,
      ...(taskId === undefined ? {} : { taskId }),
      params: "null",
      scheduledFor: model.now,
      dueAt: model.now + delay,
      maxAttempts: 100,
      passes: 1,
      lanes: [],
      rates: [],
      tags: [],
    }));
    await desk.storage.runs.enqueue({ runs, actor: "system", now: model.now });
    for (const { id, action, taskId, priority, dueAt } of runs)
      model.runs.push({
        id,
        action,
        taskId,
        priority,
        dueAt,
        attempt: 0,
        state: "waiting",
        permitted: false,
      });
  });
}

type Way = "succeeded" | "retry" | "again" | "sleep" | "return";

function outcomeOf(run: ModelRun, fence: number, way: Way, now: number): Outcome {
  const head = { id: run.id, fence, attempt: run.attempt, startedAt: now, at: now };
  switch (way) {
    case "succeeded":
      return { ...head, kind: way, result: "null" };
    case "retry":
      return { ...head, kind: way, error: "{}", dueAt: now + 3 };
    case "sleep":
      return { ...head, kind: way, dueAt: now + 3 };
    case "again":
      return { ...head, kind: way, params: "1" };
    case "return":
      return { ...head, kind: way };
  }
}

function endOne(pick: number, way: Way): GateCommand {
  return command(`end(${pick}, ${way})`, async (model, desk) => {
    const running = model.runs.filter((run) => run.state === "running");
    const run = running[pick % Math.max(1, running.length)];
    if (run === undefined) return;
    const outcomes = [outcomeOf(run, desk.fences.get(run.id) ?? 0, way, model.now)];
    expect(await desk.storage.runs.settle({ node: "n1", outcomes })).toEqual([]);
    run.state = way === "succeeded" ? "ended" : "waiting";
    run.dueAt = way === "retry" || way === "sleep" ? model.now + 3 : model.now;
    if (way === "sleep" || way === "return") run.attempt -= 1;
    if (way === "again") run.attempt = 0;
  });
}

/** One operator presses, or two at the same time. */
function press(asked: readonly Ask[]): GateCommand {
  return command(`press(${JSON.stringify(asked)})`, async (model, desk) => {
    const asks = asked.map(({ seen, ...ask }) => (seen === undefined ? ask : { ...ask, seen: desk.seen }));
    const [one, other] = asks;
    const answers = await Promise.all(asks.map((ask, operator) => desk.press(ask, operator)));
    if (one === undefined) return;
    if (other === undefined) return expect(answers).toEqual([model.next(one)]);
    // Of two at the same time nobody knows who is first; both orders are right, and only those.
    const inOrder = model.copy();
    const first = [inOrder.next(one), inOrder.next(other)];
    if (JSON.stringify(first) === JSON.stringify(answers)) {
      model.next(one);
      model.next(other);
      return;
    }
    const late = model.next(other);
    expect(answers).toEqual([model.next(one), late]);
  });
}

const scope = fc.constantFrom("all", "all", "all", ...scopes);
const ask = fc.record(
  { scope, key: fc.constantFrom("a", "b", "c", "d"), seen: fc.constant(0) },
  { requiredKeys: ["scope"] },
);
const arrival: fc.Arbitrary<Arrival> = fc.record({
  action: fc.constantFrom(...actions),
  taskId: fc.constantFrom(undefined, "t1", "t2"),
  priority: fc.constantFrom(0, 0, 5, -5),
  delay: fc.constantFrom(0, 0, 0, 2, 20),
});

const claimAll: GateCommand = command("claim", async (model, desk) => {
  expect(await desk.claim()).toEqual(model.claim());
});

const commands: fc.Arbitrary<GateCommand>[] = [
  fc.array(arrival, { minLength: 1, maxLength: 4 }).map(arrive),
  fc.tuple(ask).map(press),
  fc.tuple(ask).map(press),
  fc.tuple(ask, ask).map(press),
  ask.map((one) => press([one, one])),
  fc.constant(claimAll),
  fc.constant(claimAll),
  fc.constant(claimAll),
  fc
    .tuple(scope, fc.constantFrom("stepper" as const, "stepper" as const, "realtime" as const))
    .map(([where, mode]) =>
      command(`set(${where}, ${mode})`, async (model, desk) => {
        const set = { scope: where, mode, actor: "user:0", now: model.now };
        expect(await desk.storage.gate.set(set)).toBe(model.set(where, mode));
      }),
    ),
  scope.map((where) =>
    command(`kill(${where})`, async (model, desk) => {
      await desk.storage.control.kill({ scope: where, reason: "model", actor: "user:0", at: model.now });
      model.killed.add(where);
    }),
  ),
  scope.map((where) =>
    command(`restore(${where})`, async (model, desk) => {
      const restored = await desk.storage.control.restore({ scope: where, actor: "user:0", now: model.now });
      expect(restored).toBe(model.killed.delete(where));
    }),
  ),
  fc
    .tuple(fc.nat(9), fc.constantFrom<Way>("succeeded", "succeeded", "retry", "again", "sleep", "return"))
    .map(([pick, way]) => endOne(pick, way)),
  fc.constantFrom(1, 5, 50).map((ms) =>
    command(`pass(${ms})`, async (model) => {
      model.now += ms;
    }),
  ),
  fc.constant(
    command("look", async (model, desk) => {
      desk.head = await desk.storage.journal.head();
      desk.seen = model.moves.length;
    }),
  ),
  fc.constant(
    command("crash", async (model, desk) => {
      await desk.crash();
      for (const run of model.runs) {
        if (run.state !== "running") continue;
        run.state = "waiting";
        run.dueAt = model.now;
      }
    }),
  ),
];

/** At last everything is opened and restored, and nothing is left behind. */
async function letGo(desk: Desk): Promise<void> {
  const { model, storage } = desk;
  for (const where of scopes) {
    await storage.gate.set({ scope: where, mode: "realtime", actor: "user:0", now: model.now });
    await storage.control.restore({ scope: where, actor: "user:0", now: model.now });
    model.set(where, "realtime");
    model.killed.delete(where);
  }
  model.now += 1_000;
  expect(await desk.claim()).toEqual(model.claim());
  expect(model.runs.filter((run) => run.state === "waiting")).toEqual([]);
}

async function holdAgainstModel(dataOf: () => Data, numRuns: number): Promise<void> {
  const property = fc.asyncProperty(
    fc.commands(commands, { maxCommands: 60, size: "max" }),
    async (chosen) => {
      const desk = new Desk(new GateModel(start), dataOf());
      await desk.open();
      try {
        await fc.asyncModelRun(() => ({ model: desk.model, real: desk }), chosen);
        await letGo(desk);
      } finally {
        await desk.end();
      }
    },
  );
  await fc.assert(property, { numRuns: Math.ceil(numRuns * factor) });
}

const factor = Number(process.env["MODEL_RUNS"] ?? 25) / 25;

test(
  "[GAT-20] whatever happens at a gate in memory is what the model says",
  { timeout: 120_000 },
  async () => {
    const dataOf = (): Data => ({
      isInMemory: true,
      open: () => [sqlite(":memory:")],
      dispose: () => undefined,
    });
    await holdAgainstModel(dataOf, 150);
  },
);

test(
  "[GAT-20] whatever happens at a gate in a file is what the model says",
  { timeout: 120_000 },
  async () => {
    const dataOf = (): Data => {
      const directory = mkdtempSync(join(tmpdir(), "escapement-gate-"));
      return {
        open: () => [sqlite(join(directory, "gate.db"), { durability: "relaxed" })],
        dispose: () => rmSync(directory, { recursive: true }),
      };
    };
    await holdAgainstModel(dataOf, 4);
  },
);

let schemas = 0;
const server = await postgresServer();
afterAll(() => server[Symbol.asyncDispose]());

test(
  "[GAT-20] whatever happens at a gate on several nodes of PostgreSQL is what the model says",
  { timeout: 180_000 },
  async () => {
    const dataOf = (): Data => {
      schemas += 1;
      const schema = `gate_${schemas}`;
      return {
        open: () => [1, 2].map(() => postgres(server.url, { schema })),
        dispose: async () => void (await server.execute(`DROP SCHEMA ${schema} CASCADE`)),
      };
    };
    await holdAgainstModel(dataOf, 10);
  },
);
