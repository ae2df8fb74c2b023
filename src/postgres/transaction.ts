// A transaction that a caller holds open: the nouns work inside it, each call as a savepoint, one after the other.
import { setTimeout as sleep } from "node:timers/promises";
import { DatabaseError } from "pg";
import { EscapementError } from "../base/errors.ts";
import type { NewEvent } from "../event/event.ts";
import type { CommitHint, SqlResult, SqlRow, SqlValue, Transaction } from "../storage/storage.ts";
import { callersTypes, type Connection } from "./connection.ts";
import type { Connections } from "./connections.ts";
import { isAway, translate } from "./postgres-error.ts";
import { nounsIn, type PostgresEngine } from "./postgres-engine.ts";
import { planning, type Session } from "./session.ts";
import { mergeHints, WriteContext } from "./write-context.ts";

const open = `SAVEPOINT escapement; ${planning}`;
/** The caller's own statements are planned as they always are. */
const keep = `${planning.replaceAll("= off", "TO DEFAULT")}; RELEASE SAVEPOINT escapement`;
const undo = "ROLLBACK TO SAVEPOINT escapement; RELEASE SAVEPOINT escapement";

export interface JoinedOptions {
  /** Done once, before the first piece of work. */
  readonly check?: () => Promise<void>;
  /** Hears at once of what is to be told after the commit. */
  readonly onHint?: (hint: CommitHint) => void;
}

/** Every piece of work as a part of one transaction. A piece that fails leaves nothing behind; the rest goes on. */
export class JoinedSession implements Session {
  readonly #connection: Connection;
  #last: Promise<unknown> = Promise.resolve();
  #hint: CommitHint = {};
  #over = false;
  #check: (() => Promise<void>) | undefined;
  readonly #onHint: (hint: CommitHint) => void;

  constructor(connection: Connection, options: JoinedOptions = {}) {
    this.#connection = connection;
    this.#check = options.check;
    this.#onHint = options.onHint ?? (() => undefined);
  }

  /** What to tell after the commit. */
  get hint(): CommitHint {
    return this.#hint;
  }

  /** Refuses whatever comes later. */
  end(): void {
    this.#over = true;
  }

  direct<Result>(work: (connection: Connection) => Promise<Result>): Promise<Result> {
    return this.#inTurn(() => work(this.#connection));
  }

  read<Result>(work: (connection: Connection) => Promise<Result>): Promise<Result> {
    return this.#inTurn(() => work(this.#connection));
  }

  transact<Result>(work: (context: WriteContext) => Promise<Result>): Promise<Result> {
    return this.#inTurn(async () => {
      const context = new WriteContext(this.#connection);
      const result = await work(context);
      await context.flush();
      this.tell(context.hint);
      return result;
    });
  }

  execute(text: string, values: readonly SqlValue[] = []): Promise<SqlResult> {
    return this.#alone(async () => {
      const query = { text, values: [...values], types: callersTypes };
      const { rows, rowCount } = await this.#connection.client.query<SqlRow>(query);
      return { rows, changed: rowCount ?? 0 };
    });
  }

  tell(hint: CommitHint): void {
    this.#hint = mergeHints(this.#hint, hint);
    this.#onHint(hint);
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#alone(async () => {
      await this.#connection.exec(open);
      try {
        const result = await work();
        await this.#connection.exec(keep);
        return result;
      } catch (error) {
        if (!isAway(error)) await this.#connection.exec(undo);
        throw error;
      }
    });
  }

  /** Savepoints nest: two pieces of work at the same time would undo each other. */
  #alone<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.#last.then(async () => {
      if (this.#over) {
        throw new EscapementError(
          "runtime.stopped",
          "The transaction is over: do all its work before its function returns.",
        );
      }
      await this.#check?.();
      this.#check = undefined;
      return work();
    });
    this.#last = turn.catch(() => undefined);
    return turn.catch((error: unknown) => {
      throw translate(error);
    });
  }
}

/** The nouns and `sql` inside the transaction that is open on a connection. */
export function transactionOver(engine: PostgresEngine, session: JoinedSession): Transaction {
  const nouns = nounsIn(engine, session);
  // Numbers that are given now would be held until the commit, and every reader would wait for it.
  const append = (request: { readonly events: readonly NewEvent[] }): Promise<readonly number[]> =>
    session.transact((context) => {
      for (const event of request.events) context.journal.add(event);
      return Promise.resolve([]);
    });
  return {
    ...nouns,
    journal: { ...nouns.journal, append },
    sql: async (text, values) => (await session.execute(text, values)).rows,
    execute: (text, values) => session.execute(text, values),
  };
}

export interface TransactOptions {
  readonly timeoutMs: number;
  readonly tell: (hint: CommitHint) => void;
}

export async function transact<Result>(
  connections: Connections,
  engine: PostgresEngine,
  work: (inside: Transaction) => Promise<Result>,
  { timeoutMs, tell }: TransactOptions,
): Promise<Result> {
  try {
    return await connections.use(async (connection) => {
      const session = new JoinedSession(connection);
      await connection.exec(`BEGIN; SET LOCAL statement_timeout = ${Math.max(1, Math.round(timeoutMs))}`);
      try {
        const result = await within(timeoutMs, work(transactionOver(engine, session)));
        session.end();
        await commit(connection);
        tell(session.hint);
        return result;
      } catch (error) {
        session.end();
        if (!isAway(error)) await connection.exec("ROLLBACK");
        throw error;
      }
    });
  } catch (error) {
    // What the caller's own function threw goes back to it as it was.
    throw isAway(error) || error instanceof DatabaseError ? translate(error) : error;
  }
}

/** A server that was told COMMIT after a failed statement rolls back, and calls that no error. */
async function commit({ client }: Connection): Promise<void> {
  const { command } = await client.query("COMMIT");
  if (command === "COMMIT") return;
  throw new EscapementError(
    "transaction.invalid",
    "The transaction was rolled back: one of its statements had failed, and PostgreSQL commits nothing after that. Let the error out of the function, or put the statement between SAVEPOINT and ROLLBACK TO.",
  );
}

/** Reads of one moment, on a connection of their own. */
export async function snapshot<Result>(
  connections: Connections,
  work: (session: JoinedSession) => Promise<Result>,
): Promise<Result> {
  try {
    return await connections.use(async (connection) => {
      const session = new JoinedSession(connection);
      await connection.exec("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY");
      try {
        return await work(session);
      } finally {
        session.end();
        // A connection that is gone has nothing to be rolled back.
        await connection.exec("ROLLBACK").catch(() => undefined);
      }
    });
  } catch (error) {
    throw isAway(error) || error instanceof DatabaseError ? translate(error) : error;
  }
}

async function within<Result>(timeoutMs: number, work: Promise<Result>): Promise<Result> {
  const stop = new AbortController();
  const late = sleep(timeoutMs, undefined, { signal: stop.signal }).then(() => {
    throw new EscapementError(
      "storage.busy",
      `The transaction took longer than ${timeoutMs} ms and was rolled back, because what it has locked keeps others waiting. Do slow work before it, and inside it use only what it gives you.`,
    );
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    stop.abort();
    late.catch(() => undefined);
    work.catch(() => undefined);
  }
}
