// The SQLite engine of one thread: the connections, the verbs of every noun, and the group commit.
// It is the same in the writer thread, in the reader thread and inline; only who calls it differs.
import { EscapementError } from "../base/errors.ts";
import type { NewEvent } from "../event/event.ts";
import { mergeProcessHints } from "../storage/process-hint.ts";
import type { CommitHint, SqlResult } from "../storage/storage.ts";
import type { SQLInputValue } from "node:sqlite";
import { Connection, type ConnectionOptions } from "./connection.ts";
import { integer, type Row } from "../storage/row.ts";
import { reachHead } from "./late-events.ts";
import { migrate } from "./migrate.ts";
import { runReads } from "./run-reads.ts";
import { gateReads } from "./gate-reads.ts";
import { controlReads, SqliteControl } from "./sqlite-control.ts";
import { documentReads, SqliteDocuments } from "./sqlite-documents.ts";
import { isOutOfRoom, translate } from "./sqlite-error.ts";
import { SqliteGate } from "./sqlite-gate.ts";
import { dumpReads, SqliteDump } from "./sqlite-dump.ts";
import { inspect } from "./inspect.ts";
import { journalReads } from "./journal-reads.ts";
import { processReads } from "./process-reads.ts";
import { cursorReads, SqliteCursors } from "./sqlite-cursors.ts";
import type { JournalMark } from "./sqlite-journal.ts";
import { nodeReads, SqliteNodes } from "./sqlite-nodes.ts";
import { SqliteRetention } from "./sqlite-retention.ts";
import { recordReads } from "./record-reads.ts";
import { refReads, SqliteRefs } from "./sqlite-refs.ts";
import { SqliteRecords } from "./sqlite-records.ts";
import { SqliteRuns } from "./sqlite-runs.ts";
import { SqliteSteps, stepReads } from "./sqlite-steps.ts";
import { SqliteVectors, vectorReads } from "./sqlite-vectors.ts";
import { SqliteTasks } from "./sqlite-tasks.ts";
import { taskReads } from "./task-reads.ts";
import { WriteContext } from "./write-context.ts";

/** One method of one noun, as data that can cross a thread. */
export interface Call {
  readonly noun: string;
  readonly verb: string;
  readonly input: unknown;
}

/**
 * Calls on their way to an engine. A `group` is one transaction with others of its kind. The other steps belong to a
 * transaction that a caller holds open: between `begin` and `commit` or `rollback` nothing else is sent.
 */
export interface Batch {
  readonly step: "group" | "begin" | "inside" | "commit" | "rollback";
  readonly calls: readonly Call[];
  /** How much work it is, in calls and the rows they bring. */
  readonly weight?: number;
}

export type Answer = { readonly value: unknown } | { readonly error: EscapementError };

export interface BatchAnswer {
  readonly answers: readonly Answer[];
  readonly hint?: CommitHint;
  /** Why a step of a transaction failed; the transaction is over then. */
  readonly error?: EscapementError;
}

/** Nouns of verbs; each verb is one statement or more, synchronous, inside whatever transaction is open. */
type Verbs = Readonly<Record<string, object>>;

/** Data that is refused is let go of at once, so that whoever mends it finds it unlocked. */
function openMigrated(path: string, options: ConnectionOptions): Connection {
  const connection = new Connection(path, options);
  try {
    migrate(connection);
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

export class SqliteWriter {
  readonly #connection: Connection;
  readonly #context: WriteContext;
  readonly #verbs: Verbs;
  /** Inside a transaction reads see it, so they are answered here, too. */
  readonly #openVerbs: Verbs;
  #before: JournalMark;
  /** The disk was full. The log may be what fills it: nothing is added to it again before it has been folded. */
  #isCramped = false;

  constructor(path: string, options: ConnectionOptions & { readonly again?: boolean }) {
    this.#connection = openMigrated(path, options);
    if (options.again !== true) {
      // The file lock admits one process: whoever left a lease behind is gone, unless it is this very process.
      this.#connection.run("UPDATE lease SET lease_until = 0");
      this.#connection.run("UPDATE cursor SET lease_until = NULL");
    }
    this.#context = new WriteContext(this.#connection);
    this.#before = this.#context.journal.mark();
    this.#verbs = writingVerbs(this.#context);
    this.#openVerbs = joinVerbs(readingVerbs(this.#connection), this.#verbs, this.#connection);
  }

  get connection(): Connection {
    return this.#connection;
  }

  execute(batch: Batch): BatchAnswer {
    return batch.step === "group" ? this.#executeGroup(batch.calls) : this.#executeStep(batch);
  }

  /**
   * Group commit: all calls in one transaction, one wait for the disk. When one of them fails, nothing of it stays and
   * each is done again in a transaction of its own, so that a bad call harms nobody but its caller.
   */
  #executeGroup(calls: readonly Call[]): BatchAnswer {
    if (this.#isCramped) this.#isCramped = !this.#connection.foldLog();
    try {
      const answers = this.#transact(calls);
      return { answers, hint: this.#context.takeHint() };
    } catch (error) {
      this.#isCramped ||= isOutOfRoom(error);
      if (calls.length === 1) return { answers: [{ error: translate(error) }] };
    }
    const parts = calls.map((call) => this.#executeGroup([call]));
    const hints = parts.flatMap((part) => part.hint ?? []);
    return { answers: parts.flatMap((part) => part.answers), ...mergeHints(hints) };
  }

  #executeStep({ step, calls }: Batch): BatchAnswer {
    if (step !== "begin" && !this.#connection.isInTransaction) return { answers: [], ...goneWith(step) };
    try {
      switch (step) {
        case "begin":
          this.#before = this.#context.journal.mark();
          this.#connection.exec("BEGIN IMMEDIATE");
          this.#context.journal.begin();
          return { answers: [] };
        case "commit":
          this.#context.writeTallies();
          this.#connection.exec("COMMIT");
          return { answers: [], hint: this.#context.takeHint() };
        case "rollback":
          this.#undo(this.#before);
          return { answers: [] };
        case "group":
        case "inside":
          return { answers: calls.map((call) => this.#callInside(call)) };
      }
    } catch (error) {
      this.#undo(this.#before);
      return { answers: [], error: translate(error) };
    }
  }

  /** A call that fails leaves nothing behind; the transaction goes on, if its caller wants it to. */
  #callInside(call: Call): Answer {
    // Counts are kept aside until the end, unless somebody asks for them before.
    if (call.verb === "counts") this.#context.writeTallies();
    const mark = this.#context.mark();
    this.#connection.exec("SAVEPOINT call");
    try {
      const value = invoke(this.#openVerbs, call);
      this.#connection.exec("RELEASE call");
      return { value };
    } catch (error) {
      this.#connection.exec("ROLLBACK TO call; RELEASE call");
      this.#context.returnTo(mark);
      return { error: translate(error) };
    }
  }

  #undo(before: JournalMark): void {
    this.#connection.rollback();
    this.#context.forget(before);
  }

  #transact(calls: readonly Call[]): Answer[] {
    const before = this.#context.journal.mark();
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
      this.#undo(before);
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

  execute({ calls }: Batch): BatchAnswer {
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

/** A transaction that was begun in a thread that has died is gone with it. */
function goneWith(step: Batch["step"]): { readonly error?: EscapementError } {
  if (step === "rollback") return {};
  const message =
    "The storage thread has died, and the transaction with it: nothing of it was done. Try again.";
  return { error: new EscapementError("storage.busy", message) };
}

function writingVerbs(context: WriteContext): Verbs {
  const control = new SqliteControl(context);
  const refs = new SqliteRefs(context);
  const records = new SqliteRecords(context, refs);
  const runs = new SqliteRuns(context, control, records);
  const append = ({ events }: { readonly events: readonly NewEvent[] }): number[] => {
    const numbers = events.map((event) => context.journal.add(event));
    const ids = events.flatMap(({ subject }) => (subject.startsWith("run:") ? [subject.slice(4)] : []));
    if (ids.length > 0) reachHead(context, ids);
    return numbers;
  };
  const drop = (request: { readonly to: number }): number => context.journal.drop(request);
  return {
    runs,
    steps: new SqliteSteps(context),
    control,
    gate: new SqliteGate(context, control),
    processes: runs.processes,
    tasks: new SqliteTasks(context, control, runs),
    nodes: new SqliteNodes(context, runs),
    retention: new SqliteRetention(context),
    documents: new SqliteDocuments(context),
    journal: { append, drop },
    cursors: new SqliteCursors(context),
    records,
    refs,
    vectors: new SqliteVectors(context),
    dump: new SqliteDump(context),
    upkeep: { probe: () => true },
  };
}

function readingVerbs(connection: Connection): Verbs {
  return {
    runs: runReads(connection),
    steps: stepReads(connection),
    tasks: taskReads(connection),
    processes: processReads(connection),
    journal: journalReads(connection),
    cursors: cursorReads(connection),
    control: controlReads(connection),
    gate: gateReads(connection),
    nodes: nodeReads(connection),
    records: recordReads(connection),
    refs: refReads(connection),
    vectors: vectorReads(connection),
    documents: documentReads(connection),
    sql: { query: ({ text, values }: SqlCall): Row[] => connection.query(text, ...values) },
    dump: dumpReads(connection),
    upkeep: {
      inspect: (request: { readonly now: number }) => inspect(connection, request.now),
      backup: (file: string) => connection.run("VACUUM INTO ?", file),
    },
  };
}

function joinVerbs(reading: Verbs, writing: Verbs, connection: Connection): Verbs {
  const sql = {
    execute({ text, values }: SqlCall): SqlResult {
      const before = totalChanges(connection);
      const rows = connection.query(text, ...values);
      return { rows, changed: totalChanges(connection) - before };
    },
  };
  const nouns = Object.keys(writing).map((noun) => [
    noun,
    new Proxy({}, { get: (_, verb) => bind(writing[noun], verb) ?? bind(reading[noun], verb) }),
  ]);
  return { ...Object.fromEntries(nouns), sql };
}

function totalChanges(connection: Connection): number {
  return integer(connection.get("SELECT total_changes() AS n")?.["n"]);
}

interface SqlCall {
  readonly text: string;
  readonly values: readonly SQLInputValue[];
}

function bind(noun: object | undefined, verb: string | symbol): unknown {
  const found: unknown = noun === undefined ? undefined : Reflect.get(noun, verb);
  return typeof found === "function" ? found.bind(noun) : undefined;
}

function invoke(verbs: Verbs, call: Call): unknown {
  const noun = verbs[call.noun];
  const verb: unknown = noun === undefined ? undefined : Reflect.get(noun, call.verb);
  if (typeof verb !== "function")
    throw new EscapementError("invariant.broken", `SQLite has no ${call.noun}.${call.verb}.`);
  const value: unknown = verb.call(noun, call.input);
  return value;
}

/** What several commits have to tell, as one. */
export function mergeHints(hints: readonly CommitHint[]): { hint?: CommitHint } {
  const last = hints.at(-1);
  if (last === undefined) return {};
  const earliest = (times: readonly (number | undefined)[]): number =>
    Math.min(...times.map((at) => at ?? Number.POSITIVE_INFINITY));
  const runsDueAt = earliest(hints.map((hint) => hint.runsDueAt));
  const tasksDueAt = earliest(hints.map((hint) => hint.tasksDueAt));
  const cancelled = hints.flatMap((hint) => hint.cancelled ?? []);
  const stores = [...new Set(hints.flatMap((hint) => hint.stores ?? []))];
  return {
    hint: {
      ...(last.head === undefined ? {} : { head: last.head }),
      ...(Number.isFinite(runsDueAt) ? { runsDueAt } : {}),
      ...(Number.isFinite(tasksDueAt) ? { tasksDueAt } : {}),
      ...(cancelled.length > 0 ? { cancelled } : {}),
      ...(stores.length > 0 ? { stores } : {}),
      ...mergeProcessHints(hints),
    },
  };
}
