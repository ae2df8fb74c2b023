// The SQLite engine of one thread: the connections, the verbs of every noun, and the group commit.
// It is the same in the writer thread, in the reader thread and inline; only who calls it differs.
import { EscapementError } from "../base/errors.ts";
import type { NewEvent } from "../event/event.ts";
import type { CommitHint } from "../storage/storage.ts";
import { Connection, type ConnectionOptions } from "./connection.ts";
import { migrate } from "./migrate.ts";
import { runReads } from "./run-reads.ts";
import { controlReads, SqliteControl } from "./sqlite-control.ts";
import { translate } from "./sqlite-error.ts";
import { journalReads } from "./sqlite-journal.ts";
import { nodeReads, SqliteNodes } from "./sqlite-nodes.ts";
import { SqliteRetention } from "./sqlite-retention.ts";
import { SqliteRuns } from "./sqlite-runs.ts";
import { SqliteTasks } from "./sqlite-tasks.ts";
import { taskReads } from "./task-reads.ts";
import { WriteContext } from "./write-context.ts";

/** One method of one noun, as data that can cross a thread. */
export interface Call {
  readonly noun: string;
  readonly verb: string;
  readonly input: unknown;
}

export type Answer = { readonly value: unknown } | { readonly error: EscapementError };

export interface BatchAnswer {
  readonly answers: readonly Answer[];
  readonly hint?: CommitHint;
}

/** Nouns of verbs; each verb is one statement or more, synchronous, inside whatever transaction is open. */
type Verbs = Readonly<Record<string, object>>;

export class SqliteWriter {
  readonly #connection: Connection;
  readonly #context: WriteContext;
  readonly #verbs: Verbs;

  constructor(path: string, options: ConnectionOptions) {
    this.#connection = new Connection(path, options);
    migrate(this.#connection);
    // The file lock admits one process: whoever left a lease behind is gone.
    this.#connection.run("UPDATE lease SET lease_until = 0");
    this.#context = new WriteContext(this.#connection);
    this.#verbs = writingVerbs(this.#context);
  }

  get connection(): Connection {
    return this.#connection;
  }

  /**
   * Group commit: all calls in one transaction, one wait for the disk. When one of them fails, nothing of it stays and
   * each is done again in a transaction of its own, so that a bad call harms nobody but its caller.
   */
  execute(calls: readonly Call[]): BatchAnswer {
    try {
      const answers = this.#transact(calls);
      return { answers, hint: this.#context.takeHint() };
    } catch (error) {
      if (calls.length === 1) return { answers: [{ error: translate(error) }] };
    }
    const parts = calls.map((call) => this.execute([call]));
    const hints = parts.flatMap((part) => part.hint ?? []);
    return { answers: parts.flatMap((part) => part.answers), ...mergeHints(hints) };
  }

  #transact(calls: readonly Call[]): Answer[] {
    const { head } = this.#context.journal;
    this.#connection.exec("BEGIN IMMEDIATE");
    try {
      const answers = calls.map((call) => {
        this.#context.journal.begin();
        return { value: invoke(this.#verbs, call) };
      });
      this.#context.writeTallies();
      this.#connection.exec("COMMIT");
      return answers;
    } catch (error) {
      this.#connection.exec("ROLLBACK");
      this.#context.forget(head);
      throw error;
    }
  }

  close(): void {
    this.#connection.exec("PRAGMA optimize");
    this.#connection.close();
  }
}

export class SqliteReader {
  readonly #connection: Connection;
  readonly #verbs: Verbs;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#verbs = readingVerbs(connection);
  }

  execute(calls: readonly Call[]): BatchAnswer {
    return {
      answers: calls.map((call) => {
        try {
          return { value: invoke(this.#verbs, call) };
        } catch (error) {
          return { error: translate(error) };
        }
      }),
    };
  }

  close(): void {
    this.#connection.close();
  }
}

function writingVerbs(context: WriteContext): Verbs {
  const control = new SqliteControl(context);
  const runs = new SqliteRuns(context, control);
  const append = (request: { readonly events: readonly NewEvent[] }): number[] =>
    request.events.map((event) => context.journal.add(event));
  return {
    runs,
    control,
    tasks: new SqliteTasks(context, control, runs),
    nodes: new SqliteNodes(context, runs),
    retention: new SqliteRetention(context),
    journal: { append },
  };
}

function readingVerbs(connection: Connection): Verbs {
  return {
    runs: runReads(connection),
    tasks: taskReads(connection),
    journal: journalReads(connection),
    control: controlReads(connection),
    nodes: nodeReads(connection),
  };
}

function invoke(verbs: Verbs, call: Call): unknown {
  const noun = verbs[call.noun];
  const verb: unknown = noun === undefined ? undefined : Reflect.get(noun, call.verb);
  if (typeof verb !== "function")
    throw new EscapementError("invariant.broken", `SQLite has no ${call.noun}.${call.verb}.`);
  const value: unknown = verb.call(noun, call.input);
  return value;
}

function mergeHints(hints: readonly CommitHint[]): { hint?: CommitHint } {
  const last = hints.at(-1);
  if (last === undefined) return {};
  const earliest = (times: readonly (number | undefined)[]): number =>
    Math.min(...times.map((at) => at ?? Number.POSITIVE_INFINITY));
  const runsDueAt = earliest(hints.map((hint) => hint.runsDueAt));
  const tasksDueAt = earliest(hints.map((hint) => hint.tasksDueAt));
  return {
    hint: {
      head: last.head,
      ...(Number.isFinite(runsDueAt) ? { runsDueAt } : {}),
      ...(Number.isFinite(tasksDueAt) ? { tasksDueAt } : {}),
    },
  };
}
