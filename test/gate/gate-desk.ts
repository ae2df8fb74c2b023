// Where operators and workers of the model test stand: each press at a node of its own where there are several, and after
// each command everything that can be asked is held against the model.
import { expect } from "vitest";
import { createIdSource } from "../../src/base/id.ts";
import type { ReleaseAnswer } from "../../src/storage/gate.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { seededRandom } from "../../src/testing/seeded-random.ts";
import type { Ask, GateModel } from "./gate-model.ts";

export const actions: readonly string[] = ["mail:send", "page:fetch"];
export const processes: readonly string[] = ["counter/a", "counter/b", "log/a"];
export const ofRuns: readonly string[] = ["action:mail:send", "action:page:fetch", "task:t1", "task:t2"];
const ofProcesses = ["process:counter", "process:counter/a", "process:log/a"];
export const scopes: readonly string[] = ["all", ...ofRuns, ...ofProcesses];

/** Where the storages of a test come from, and how they go. */
export interface Data {
  open(): Storage[];
  dispose(): void | Promise<void>;
  /** What a crash leaves of the storages as well. */
  readonly isInMemory?: boolean;
}

/** Where several operators stand: on PostgreSQL each at a node of its own. */
export class Desk {
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
      const held = next?.kind === "message" ? `${next.process}#${next.slot}` : next?.id;
      expect([scope, held ?? reason]).toEqual([scope, model.pending(scope)]);
      expect(mode === "stepper").toBe(model.isGated(scope));
    }
    const gates = await storage.gate.list();
    expect(new Set(gates.map((gate) => gate.scope))).toEqual(model.gates);
    const found = await storage.processes.get({ ids: model.processes.map((process) => process.id) });
    for (const { id, folded } of model.processes)
      expect([id, found.find((process) => process.id === id)?.folded]).toEqual([id, folded]);
    const { items } = await storage.runs.list({ limit: 1_000 });
    const states = new Map(items.map((run) => [run.id, run.state]));
    for (const run of model.runs) {
      const state = states.get(run.id);
      expect([run.id, state]).toEqual([run.id, run.state === "ended" ? "succeeded" : run.state]);
    }
  }

  /** Handles every message that may be handled, as one node after the other. */
  async handle(): Promise<void> {
    const { now } = this.model;
    for (let turn = 0; ; turn++) {
      const node = `n${1 + (turn % 2)}`;
      const { processes } = this.storages[turn % this.storages.length] ?? this.storage;
      const claimed = await processes.claim({ node, now, names: ["counter", "log"], limit: 2, messages: 3 });
      if (claimed.length === 0) return;
      const commits = claimed.map(({ process, fence, folded: from, messages }) => {
        const entries = JSON.stringify(messages.map(() => ({})));
        const folds = [{ slot: from, count: messages.length, version: "1", entries }];
        return { process, fence, from, folds, snapshots: [], failed: [] };
      });
      const heads = await processes.commit({ node, now, commits });
      expect(heads.every((head) => head !== null)).toBe(true);
      await processes.release({ node, now, processes: claimed });
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
  if (answer.status === "blocked") return answer.reason;
  const { subject, data = "{}" } = answer.event;
  const { slot }: { readonly slot?: number } = JSON.parse(data);
  return slot === undefined ? subject.replace("run:", "") : `${subject.replace("process:", "")}#${slot}`;
}
