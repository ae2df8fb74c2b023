// How a verb gets its work into the database: as one statement, as a transaction, or as a read. On its own each of
// these has its own commit; inside a transaction that a caller holds open it is a part of that. Repeats what is safe to
// repeat, and nothing else.
import { setTimeout as sleep } from "node:timers/promises";
import type { CommitHint } from "../storage/storage.ts";
import type { Connection } from "./connection.ts";
import type { Connections } from "./connections.ts";
import { isAway, isContended, translate } from "./postgres-error.ts";
import { WriteContext } from "./write-context.ts";

export interface Session {
  /** One statement that changes something and writes its own events. */
  direct<Result>(work: (connection: Connection) => Promise<Result>): Promise<Result>;
  transact<Result>(work: (context: WriteContext) => Promise<Result>): Promise<Result>;
  read<Result>(work: (connection: Connection) => Promise<Result>): Promise<Result>;
  /** Tells others of it once it is committed. */
  tell(hint: CommitHint): void;
}

const largestTries = 8;
const longestPauseMs = 500;
/** How long a read goes on asking while the server is away. */
const readPatienceMs = 10_000;
/**
 * Plans are kept, and tables that are small while a plan is made do not stay small. So a table is only ever entered by
 * an index, for the rows of a given list, and lists are joined by hashing: there is no other way to plan it. What has to
 * be planned otherwise all the same looks so costly up to PostgreSQL 17 that it would be compiled each time.
 */
export const planning: string =
  "SET LOCAL enable_seqscan = off; SET LOCAL enable_nestloop = off; SET LOCAL enable_mergejoin = off; SET LOCAL jit = off";
const begin = `BEGIN; ${planning}`;

/** Every piece of work with a commit of its own. */
export class OwnSession implements Session {
  readonly #connections: Connections;
  readonly tell: (hint: CommitHint) => void;

  constructor(connections: Connections, tell: (hint: CommitHint) => void) {
    this.#connections = connections;
    this.tell = tell;
  }

  direct<Result>(work: (connection: Connection) => Promise<Result>): Promise<Result> {
    return this.#again((connection) => work(connection), isContended);
  }

  read<Result>(work: (connection: Connection) => Promise<Result>): Promise<Result> {
    const until = performance.now() + readPatienceMs;
    return this.#again(
      (connection) => work(connection),
      (error) => isContended(error) || (isAway(error) && performance.now() < until),
    );
  }

  /** Until the commit has been sent, nothing of it can have happened, so it may be done again. */
  async transact<Result>(work: (context: WriteContext) => Promise<Result>): Promise<Result> {
    let sent = false;
    const { result, hint } = await this.#again(
      async (connection) => {
        sent = false;
        await connection.exec(begin);
        try {
          const context = new WriteContext(connection);
          const result = await work(context);
          await context.flush();
          sent = true;
          await connection.exec("COMMIT");
          return { result, hint: context.hint };
        } catch (error) {
          if (!isAway(error)) await connection.exec("ROLLBACK");
          throw error;
        }
      },
      (error) => isContended(error) || (isAway(error) && !sent),
    );
    this.tell(hint);
    return result;
  }

  async #again<Result>(
    work: (connection: Connection) => Promise<Result>,
    isWorthwhile: (error: unknown) => boolean,
  ): Promise<Result> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#connections.use(work);
      } catch (error) {
        if (attempt >= largestTries || !isWorthwhile(error)) throw translate(error);
        await sleep(Math.min(longestPauseMs, 5 * 2 ** attempt));
      }
    }
  }
}
