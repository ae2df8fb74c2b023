// Nodes on one real PostgreSQL: a server for the file, a schema for the test, and as many storages over it as it needs.
import { createIdSource } from "../../src/base/id.ts";
import { systemClock } from "../../src/base/clock.ts";
import { systemRandom } from "../../src/base/random.ts";
import { postgres, type PostgresStorage } from "../../src/postgres/index.ts";
import type { ClaimedRun, NewRun, Outcome } from "../../src/storage/runs.ts";
import type { PostgresServer } from "../support/postgres-server.ts";

let schemas = 0;

export class World implements AsyncDisposable {
  readonly schema: string;
  readonly server: PostgresServer;
  readonly #storages: PostgresStorage[] = [];
  readonly #newId = createIdSource(systemClock, systemRandom);

  constructor(server: PostgresServer) {
    schemas += 1;
    this.schema = `world_${schemas}`;
    this.server = server;
  }

  /** Another node's storage, open; with a port, over a wire of the test's own. */
  async node(port?: number): Promise<PostgresStorage> {
    const url = new URL(this.server.url);
    if (port !== undefined) url.port = String(port);
    const storage = postgres(url.href, { schema: this.schema });
    this.#storages.push(storage);
    await storage.open();
    return storage;
  }

  run(given: Partial<NewRun> = {}): NewRun {
    const id = this.#newId();
    return {
      id,
      action: "mail:send",
      params: "{}",
      scheduledFor: 0,
      dueAt: 0,
      priority: 0,
      maxAttempts: 3,
      passes: 1,
      lanes: [],
      rates: [],
      tags: [],
      ...given,
    };
  }

  runs(count: number, given: Partial<NewRun> = {}): NewRun[] {
    return Array.from({ length: count }, () => this.run(given));
  }

  /** SQL in the schema of this world. */
  execute(sql: string): Promise<Record<string, unknown>[]> {
    return this.server.execute(`SET search_path = ${this.schema}; ${sql}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const storage of this.#storages) await storage.close();
    await this.server.execute(`DROP SCHEMA IF EXISTS ${this.schema} CASCADE`);
  }
}

export const now = 1_767_225_600_000;

export function claimOf(node: string, limit = 100): Parameters<PostgresStorage["runs"]["claim"]>[0] {
  return { node, now, limit, actions: ["mail:send"] };
}

export function succeeded({ id, fence, attempt }: Pick<ClaimedRun, "id" | "fence" | "attempt">): Outcome {
  return { kind: "succeeded", id, fence, attempt, startedAt: now, at: now, result: "null" };
}

/** Asks again and again until it is so. */
export async function until(isSo: () => boolean | Promise<boolean>, timeoutMs = 10_000): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error("It did not come to be so in time.");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
