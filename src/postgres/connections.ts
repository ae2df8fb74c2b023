// The connections to one database: a pool of our own, or the caller's. A connection that breaks while nobody uses it
// is forgotten quietly; while the server is away, work waits for it, up to a bound.
import { setTimeout as sleep } from "node:timers/promises";
import { Pool, type ClientBase, type ClientConfig, type PoolClient } from "pg";
import { EscapementError } from "../base/errors.ts";
import { Connection, Statements } from "./connection.ts";
import { isAway } from "./postgres-error.ts";

const largestPool = 10;
/** How long work waits for a server that takes no connection, as while it restarts. */
const patienceMs = 10_000;
const longestPauseMs = 500;

export class Connections {
  readonly #pool: Pool;
  readonly #ours: boolean;
  readonly statements: Statements;
  readonly #known = new WeakSet<ClientBase>();
  /** An error between two statements would else end the process. */
  readonly #guard = (client: ClientBase): void => {
    if (this.#known.has(client)) return;
    this.#known.add(client);
    client.on("error", ignore);
  };
  #closed = false;

  constructor(target: string | Pool, schema: string) {
    this.#ours = typeof target === "string";
    this.#pool =
      typeof target === "string"
        ? new Pool({
            connectionString: target,
            max: largestPool,
            application_name: "escapement",
            keepAlive: true,
          })
        : target;
    this.#pool.on("error", ignore);
    // Before the first answer has been read: the server may say good-bye in the same breath.
    this.#pool.on("connect", this.#guard);
    this.statements = new Statements(schema);
  }

  /** What a connection of another kind, or in another thread, is made from. */
  get config(): ClientConfig {
    const { connectionString, host, port, user, password, database, ssl } = this.#pool.options;
    // The driver hides the key of a certificate from whoever copies the options.
    const secured =
      typeof ssl === "object" ? { ...ssl, ...(ssl.key === undefined ? {} : { key: ssl.key }) } : ssl;
    const config = { connectionString, host, port, user, password, database, ssl: secured };
    return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined));
  }

  /** Work on one connection; a broken one is thrown away afterwards. */
  async use<Result>(work: (connection: Connection) => Promise<Result>): Promise<Result> {
    const client = await this.#connect();
    let broken = false;
    try {
      return await work(new Connection(client, this.statements));
    } catch (error) {
      broken = isAway(error);
      throw error;
    } finally {
      client.release(broken);
    }
  }

  over(client: ClientBase): Connection {
    return new Connection(client, this.statements);
  }

  /** Nothing was sent yet, so asking again is always safe. */
  async #connect(): Promise<PoolClient> {
    const until = performance.now() + patienceMs;
    for (let pauseMs = 20; ; pauseMs = Math.min(longestPauseMs, pauseMs * 2)) {
      if (this.#closed) throw new EscapementError("runtime.stopped", "The storage is closed.");
      try {
        const client = await this.#pool.connect();
        this.#guard(client);
        return client;
      } catch (error) {
        if (!isAway(error) || performance.now() >= until) throw error;
        await sleep(pauseMs);
      }
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    // A server that goes down while our pool ends still breaks connections of it, and somebody has to hear that.
    if (this.#ours) return this.#pool.end();
    this.#pool.off("error", ignore);
    this.#pool.off("connect", this.#guard);
  }
}

function ignore(): void {
  // The next piece of work gets another connection.
}

/** The address as it may be shown. */
export function withoutPassword(address: string): string {
  return address.replace(/^(\w+:\/\/[^:@/]*):[^@/]*@/, "$1@");
}
