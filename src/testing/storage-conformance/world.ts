// One fresh storage with what every test of the suite needs around it: a time that only the test moves, runs with
// sensible defaults, and short ways to claim and to settle. Knows the port and nothing else.
import assert from "node:assert/strict";
import { EscapementError, isErrorCode, type ErrorCode } from "../../base/errors.ts";
import { createIdSource } from "../../base/id.ts";
import type { ClaimedRun, ClaimResult, NewRun, Outcome, RunRecord } from "../../storage/runs.ts";
import type { EventFilter, EventRecord } from "../../storage/journal.ts";
import type { Storage } from "../../storage/storage.ts";
import type { FireReport, TraitsByAction } from "../../storage/tasks.ts";
import type { TaskState } from "../../task/task-state.ts";
import type { TaskDefinition } from "../../task/task.ts";
import { seededRandom } from "../seeded-random.ts";
import type { StorageFixture } from "./conformance.ts";

/** 2026-01-01T00:00:00Z. */
export const start = 1_767_225_600_000;

/** The actions that nodes of the suite can run unless a test says otherwise. */
export const actions: readonly string[] = [
  "mail:send",
  "mail:sort",
  "page:fetch",
  "kill_switch:enable",
  "kill_switch:disable",
  "cluster:enable",
  "cluster:disable",
];

type Ending = Outcome extends infer One
  ? One extends Outcome
    ? Omit<One, "id" | "fence" | "attempt" | "startedAt" | "at">
    : never
  : never;

export interface ClaimOptions {
  readonly node?: string;
  readonly limit?: number;
  readonly actions?: readonly string[];
}

/** A run, and who says that it holds it. */
type Held = Pick<ClaimedRun, "id"> & Partial<Pick<ClaimedRun, "fence" | "attempt">>;

export class World {
  now: number = start;
  #storage: Storage;
  readonly #fixture: StorageFixture;
  readonly #newId: () => string;
  /** Runs as they were claimed last. */
  readonly #claimed = new Map<string, ClaimedRun>();

  private constructor(fixture: StorageFixture) {
    this.#fixture = fixture;
    this.#storage = fixture.storage;
    this.#newId = createIdSource({ now: () => this.now }, seededRandom("world"));
  }

  static async open(made: Storage | StorageFixture): Promise<World> {
    const world = new World("storage" in made ? made : { storage: made });
    await world.storage.open();
    return world;
  }

  get storage(): Storage {
    return this.#storage;
  }

  async close(): Promise<void> {
    await this.#storage.close();
    await this.#fixture.dispose?.();
  }

  /** Closes the storage, lets `between` look at the data, and opens another storage over it. */
  async reopen(
    between: (execute: (sql: string) => Promise<void>) => Promise<void> = async () => undefined,
  ): Promise<void> {
    const { reopen, execute } = this.#fixture;
    assert.ok(reopen, "this rule needs `reopen` of the fixture: give it, or skip the rule with a reason");
    await this.#storage.close();
    await between(async (sql) => {
      assert.ok(execute, "this rule needs `execute` of the fixture: give it, or skip the rule with a reason");
      await execute(sql);
    });
    this.#storage = reopen();
    await this.#storage.open();
  }

  newId(): string {
    return this.#newId();
  }

  run(given: Partial<NewRun> = {}): NewRun {
    return {
      id: this.#newId(),
      action: "mail:send",
      params: "{}",
      scheduledFor: this.now,
      dueAt: this.now,
      priority: 0,
      maxAttempts: 3,
      passes: 1,
      lanes: [],
      rates: [],
      tags: [],
      ...given,
    };
  }

  /** One call of the storage; resolves to the ids. */
  async enqueue(...given: readonly Partial<NewRun>[]): Promise<string[]> {
    const runs = given.map((one) => this.run(one));
    await this.storage.runs.enqueue({ runs, actor: "user:suite", now: this.now });
    return runs.map((run) => run.id);
  }

  async enqueueOne(given: Partial<NewRun> = {}): Promise<string> {
    const [id = ""] = await this.enqueue(given);
    return id;
  }

  async join(node = "n1", leaseMs = 60_000): Promise<void> {
    await this.storage.nodes.join({ node, now: this.now, leaseMs });
  }

  async claim(options: ClaimOptions = {}): Promise<ClaimResult> {
    const { node = "n1", limit = 100 } = options;
    const request = { node, now: this.now, limit, actions: options.actions ?? actions };
    const result = await this.storage.runs.claim(request);
    for (const run of result.runs) this.#claimed.set(run.id, run);
    return result;
  }

  async claimIds(options: ClaimOptions = {}): Promise<string[]> {
    return (await this.claim(options)).runs.map((run) => run.id);
  }

  /** The first claimed run; fails when there is none. */
  async claimOne(options: ClaimOptions = {}): Promise<ClaimedRun> {
    const [run] = (await this.claim({ ...options, limit: 1 })).runs;
    assert.ok(run, "expected a run to be claimable");
    return run;
  }

  /** For the one that claimed the run last, when none is named. Resolves to whether the outcome was accepted. */
  async settle(run: Held, ending: Ending, node = "n1"): Promise<boolean> {
    const last = this.#claimed.get(run.id);
    const outcome: Outcome = {
      ...ending,
      id: run.id,
      fence: run.fence ?? last?.fence ?? 0,
      attempt: run.attempt ?? last?.attempt ?? 1,
      startedAt: this.now,
      at: this.now,
    };
    const stale = await this.storage.runs.settle({ node, outcomes: [outcome] });
    return stale.length === 0;
  }

  succeed(run: Held, node = "n1"): Promise<boolean> {
    return this.settle(run, { kind: "succeeded", result: "null" }, node);
  }

  fail(run: Held, message = "broken"): Promise<boolean> {
    return this.settle(run, { kind: "failed", error: errorText(message), reason: "attempts used up" });
  }

  async get(id: string): Promise<RunRecord> {
    const run = await this.storage.runs.get({ id });
    assert.ok(run, `run ${id} is gone`);
    return run;
  }

  cancel(...ids: readonly string[]): Promise<readonly string[]> {
    return this.storage.runs.cancel({ ids, reason: "no longer needed", actor: "user:suite", now: this.now });
  }

  kill(scope: string, until?: number): Promise<void> {
    const killed = { scope, reason: "drill", actor: "user:suite", at: this.now };
    return this.storage.control.kill(until === undefined ? killed : { ...killed, until });
  }

  restore(scope: string): Promise<boolean> {
    return this.storage.control.restore({ scope, actor: "user:suite", now: this.now });
  }

  async cluster(change: Parameters<Storage["control"]["changeCluster"]>[0]["change"]): Promise<void> {
    await this.storage.control.changeCluster({ change, actor: "user:suite", now: this.now });
  }

  events(filter: Partial<EventFilter> = {}): Promise<readonly EventRecord[]> {
    return this.storage.journal.read({ after: 0, limit: 10_000, ...filter });
  }

  async kinds(filter: Partial<EventFilter> = {}): Promise<string[]> {
    return (await this.events(filter)).map((event) => event.kind);
  }

  task(given: Partial<TaskDefinition> = {}): TaskDefinition {
    const id = given.id ?? "t1";
    return {
      id,
      name: id,
      type: "interval",
      schedule: "1m",
      anchor: start,
      enabled: true,
      action: "mail:send",
      params: {},
      ...given,
    };
  }

  register(
    given: Partial<TaskDefinition> = {},
    options: { readonly expectedVersion?: number; readonly traits?: TraitsByAction } = {},
  ): Promise<TaskState> {
    const definition = this.task(given);
    const { traits = {}, expectedVersion } = options;
    return this.storage.tasks.register({
      id: definition.id,
      definition,
      enabled: definition.enabled,
      traits,
      actor: "user:suite",
      now: this.now,
      ...(expectedVersion === undefined ? {} : { expectedVersion }),
    });
  }

  fire(options: { readonly limit?: number; readonly traits?: TraitsByAction } = {}): Promise<FireReport> {
    return this.storage.tasks.fire({
      now: this.now,
      limit: options.limit ?? 100,
      traits: options.traits ?? {},
    });
  }

  /** The runs of a task, oldest nominal time first. */
  async runsOf(taskId: string): Promise<readonly RunRecord[]> {
    const { items } = await this.storage.runs.list({ taskId, limit: 1_000 });
    return items.toSorted((one, other) => one.scheduledFor - other.scheduledFor);
  }

  async taskOf(id = "t1"): Promise<TaskState> {
    const task = await this.storage.tasks.get({ id });
    assert.ok(task, `task ${id} is gone`);
    return task;
  }
}

export function errorText(message: string): string {
  return JSON.stringify({ name: "Error", message });
}

/** Fails unless the promise rejects with an error of this code. */
export async function rejectsWith(code: ErrorCode, promise: Promise<unknown>): Promise<void> {
  await assert.rejects(promise, (error: unknown) => {
    assert.ok(EscapementError.is(error) && isErrorCode(error.code), `expected ${code}, got ${String(error)}`);
    assert.equal(error.code, code);
    return true;
  });
}
