// A memory over a storage of its own, with a time that the law moves wherever it likes, also backwards.
import assert from "node:assert/strict";
import type { Clock } from "../../base/clock.ts";
import { createIdSource } from "../../base/id.ts";
import { Memory, type AppendOptions, type MemoryParts } from "../../memory/memory.ts";
import type { MemoryRecord } from "../../memory/memory-record.ts";
import type { NewRecord } from "../../memory/new-record.ts";
import type { Transaction, Storage } from "../../storage/storage.ts";
import { seededRandom } from "../seeded-random.ts";
import type { StorageFixture } from "../storage-conformance/conformance.ts";

/** 2026-01-01T00:00:00Z. */
const start = 1_767_225_600_000;

export class MemoryWorld {
  now: number = start;
  readonly clock: Clock = {
    now: () => this.now,
    elapsed: () => this.now,
    timer: () => ({ cancel: () => undefined }),
  };
  readonly #fixture: StorageFixture;
  readonly #newId = createIdSource({ now: () => this.now }, seededRandom("memory"));
  #storage: Storage;
  #memory: Memory;

  private constructor(fixture: StorageFixture) {
    this.#fixture = fixture;
    this.#storage = fixture.storage;
    this.#memory = this.over(fixture.storage);
  }

  static async open(made: Storage | StorageFixture): Promise<MemoryWorld> {
    const world = new MemoryWorld("storage" in made ? made : { storage: made });
    await world.#storage.open();
    return world;
  }

  get memory(): Memory {
    return this.#memory;
  }

  get storage(): Storage {
    return this.#storage;
  }

  get canReopen(): boolean {
    return this.#fixture.reopen !== undefined;
  }

  over(storage: MemoryParts["storage"], more: Partial<MemoryParts> = {}): Memory {
    return new Memory({ storage, clock: this.clock, newId: this.#newId, ...more });
  }

  /** Memory inside a transaction that is held open. */
  transact<Result>(work: (memory: Memory, inside: Transaction) => Promise<Result>): Promise<Result> {
    return this.#storage.transaction(
      (inside) => work(this.over({ ...inside, onCommit: () => () => undefined }), inside),
      { timeoutMs: 20_000 },
    );
  }

  async close(): Promise<void> {
    this.#memory.close();
    await this.#storage.close();
    await this.#fixture.dispose?.();
  }

  async reopen(): Promise<void> {
    const { reopen } = this.#fixture;
    assert.ok(reopen, "this law needs `reopen` of the fixture: give it, or skip the law with a reason");
    await this.#storage.close();
    this.#storage = reopen();
    this.#memory = this.over(this.#storage);
    await this.#storage.open();
  }

  async keep(record: NewRecord, options: AppendOptions = {}): Promise<MemoryRecord> {
    return (await this.memory.append(record, options)).record;
  }

  /** Texts kept one after the other. */
  async texts(...contents: readonly string[]): Promise<MemoryRecord[]> {
    return (await this.memory.appendMany(contents.map((content) => ({ content })))).map(
      ({ record }) => record,
    );
  }

  async ids(order: "newest" | "oldest" = "oldest"): Promise<string[]> {
    return (await this.memory.list({ order, limit: 10_000 })).items.map(({ id }) => id);
  }

  async found(text: string, options: Omit<Parameters<Memory["search"]>[0], "text"> = {}): Promise<string[]> {
    return (await this.memory.search({ limit: 1_000, ...options, text })).hits.map(({ record }) => record.id);
  }

  /** Everything that happened to records, in order. */
  async log(): Promise<string[]> {
    const log: string[] = [];
    for await (const { kind, id, cursor } of this.memory.changes({ until: "now" }))
      log.push(`${cursor} ${kind} ${id}`);
    return log;
  }

  async eventCount(): Promise<number> {
    return this.#storage.journal.head();
  }
}
