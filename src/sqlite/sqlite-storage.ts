// SQLite as a Storage: a file with a writer thread and a reader thread, or ":memory:" with the same engine inline.
import { existsSync, realpathSync } from "node:fs";
import { resolve } from "node:path";
import { systemClock, type Instant } from "../base/clock.ts";
import { EscapementError } from "../base/errors.ts";
import { checkOptions } from "../base/options.ts";
import { show } from "../base/quote.ts";
import type { Finding } from "../storage/inspection.ts";
import type { CommitHint, SqlRow, SqlValue, Storage, StorageNouns, Transaction } from "../storage/storage.ts";
import { nounsOver } from "../storage/verbs.ts";
import { backupTarget, makeDirectory } from "./backup-target.ts";
import { Batcher } from "./batcher.ts";
import { inlineChannel, type Channel } from "./channel.ts";
import { FileLock } from "./file-lock.ts";
import { SqliteReader, SqliteWriter } from "./sqlite-engine.ts";
import { openThread, type ThreadLife } from "./thread-channel.ts";
import { bound, transact } from "./transaction.ts";

export interface SqliteOptions {
  /** `full` (default): a commit that was acknowledged survives a power cut. `relaxed`: it survives `kill -9`. */
  readonly durability?: "full" | "relaxed";
}

/** A file, made with its directory when it is not there, or `":memory:"`. */
export function sqlite(path: string, options: SqliteOptions = {}): Storage {
  const { durability = "full" } = options;
  checkOptions(options, ["durability"], { code: "options.invalid", what: `Cannot use ${show(path)}.` });
  if (typeof path !== "string" || path === "" || path.includes("\0"))
    throw new EscapementError("options.invalid", `Cannot use ${show(path)}: give a path, or ":memory:".`);
  if (durability !== "full" && durability !== "relaxed")
    throw new EscapementError(
      "options.invalid",
      `Cannot use durability ${show(durability)}: write "full" or "relaxed".`,
    );
  return new SqliteStorage(path, durability);
}

/** A day: longer than any file takes to be read. */
const longestSnapshotMs = 86_400_000;

class SqliteStorage implements Storage {
  readonly address: string;
  readonly shared = false;
  readonly dialect = "sqlite";
  readonly runs: StorageNouns["runs"];
  readonly steps: StorageNouns["steps"];
  readonly tasks: StorageNouns["tasks"];
  readonly processes: StorageNouns["processes"];
  readonly journal: StorageNouns["journal"];
  readonly cursors: StorageNouns["cursors"];
  readonly control: StorageNouns["control"];
  readonly gate: StorageNouns["gate"];
  readonly nodes: StorageNouns["nodes"];
  readonly retention: StorageNouns["retention"];
  readonly records: StorageNouns["records"];
  readonly refs: StorageNouns["refs"];
  readonly vectors: StorageNouns["vectors"];
  readonly documents: StorageNouns["documents"];
  readonly dump: StorageNouns["dump"];
  readonly #path: string;
  readonly #durability: "full" | "relaxed";
  readonly #listeners = new Set<(hint: CommitHint) => void>();
  #open: Lines | undefined;

  constructor(path: string, durability: "full" | "relaxed") {
    this.#path = path === ":memory:" ? path : resolve(path);
    this.#durability = durability;
    this.address = `sqlite:${path}`;
    const nouns = nounsOver(
      (noun, verb, kind, input) => this.#open?.[kind].call({ noun, verb, input }) ?? this.#refuse(),
    );
    this.runs = nouns.runs;
    this.steps = nouns.steps;
    this.tasks = nouns.tasks;
    this.processes = nouns.processes;
    this.journal = nouns.journal;
    this.cursors = nouns.cursors;
    this.control = nouns.control;
    this.gate = nouns.gate;
    this.nodes = nouns.nodes;
    this.retention = nouns.retention;
    this.records = nouns.records;
    this.refs = nouns.refs;
    this.vectors = nouns.vectors;
    this.documents = nouns.documents;
    this.dump = nouns.dump;
  }

  async open(): Promise<void> {
    if (this.#open !== undefined) return;
    const tell = (hint: CommitHint): void => {
      for (const listener of this.#listeners) listener(hint);
    };
    this.#open =
      this.#path === ":memory:"
        ? openMemory(this.#durability, tell)
        : await openFile(this.#path, this.#durability, {
            tell,
            onReopened: (cause) => this.#reopened(cause),
          });
  }

  /** Whoever waits for work asks anew, and the journal keeps that it happened. */
  #reopened(cause: unknown): void {
    const label = cause instanceof Error ? cause.message : String(cause);
    const event = {
      at: systemClock.now(),
      kind: "storage.reopened",
      actor: "system",
      subject: "storage",
      label,
    };
    this.journal.append({ events: [event] }).catch(() => undefined);
    for (const listener of this.#listeners) listener({ runsDueAt: 0, tasksDueAt: 0, messages: [] });
  }

  async probe(): Promise<void> {
    const open = this.#open ?? (await this.#refuse());
    const call = { noun: "upkeep", verb: "probe", input: undefined };
    await open.write.call(call);
    await open.read.call({ noun: "journal", verb: "head", input: undefined });
  }

  async close(): Promise<void> {
    const open = this.#open;
    if (open === undefined) return;
    await this.settled();
    this.#open = undefined;
    await open.close();
  }

  transaction<Result>(
    work: (inside: Transaction) => Promise<Result>,
    options: { readonly timeoutMs: number },
  ): Promise<Result> {
    return this.#open === undefined ? this.#refuse() : transact(this.#open.write, options.timeoutMs, work);
  }

  async query(text: string, values: readonly SqlValue[] = []): Promise<readonly SqlRow[]> {
    const input = { text, values: values.map(bound) };
    const rows = await (this.#open?.read.call({ noun: "sql", verb: "query", input }) ?? this.#refuse());
    return Array.isArray(rows) ? rows : [];
  }

  /** Nobody writes meanwhile: the one writer is at the disposal of `work`. */
  snapshot<Result>(work: (dump: StorageNouns["dump"]) => Promise<Result>): Promise<Result> {
    return this.transaction((inside) => work(inside.dump), { timeoutMs: longestSnapshotMs });
  }

  within(): never {
    throw new EscapementError(
      "transaction.invalid",
      `Cannot work in another connection's transaction on ${this.address}: SQLite has one writer, which is Escapement's. Use runtime.transaction(async (tx) => …), where tx.sql works on tables of your own.`,
    );
  }

  async backup(file: string): Promise<void> {
    await (this.#open?.read.call({ noun: "upkeep", verb: "backup", input: backupTarget(file) }) ??
      this.#refuse());
  }

  async inspect(request: { readonly now: Instant }): Promise<readonly Finding[]> {
    const findings = await (this.#open?.read.call({ noun: "upkeep", verb: "inspect", input: request }) ??
      this.#refuse());
    return Array.isArray(findings) ? findings : [];
  }

  onCommit(listener: (hint: CommitHint) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async settled(): Promise<boolean> {
    const open = this.#open;
    if (open === undefined) return false;
    const busy = await Promise.all([open.write.settled(), open.read.settled()]);
    return busy.includes(true);
  }

  #refuse(): Promise<never> {
    const message = `The storage ${this.address} is not open: do not use a runtime after stop().`;
    return Promise.reject(new EscapementError("runtime.stopped", message));
  }
}

interface Lines {
  readonly read: Batcher;
  readonly write: Batcher;
  close(): Promise<void>;
}

function openMemory(durability: "full" | "relaxed", tell: (hint: CommitHint) => void): Lines {
  const writer = new SqliteWriter(":memory:", { readOnly: false, durability });
  const channel = inlineChannel(writer);
  const silent = inlineChannel(new SqliteReader(writer.connection));
  return { write: new Batcher(channel, tell), read: new Batcher(silent, tell), close: () => channel.close() };
}

async function openFile(
  path: string,
  durability: "full" | "relaxed",
  { tell, ...life }: ThreadLife & { readonly tell: (hint: CommitHint) => void },
): Promise<Lines> {
  makeDirectory(path);
  const lock = FileLock.take(existsSync(path) ? realpathSync(path) : path);
  const opened: Channel[] = [];
  const close = async (): Promise<void> => {
    for (const channel of opened.toReversed()) await channel.close();
    lock.release();
  };
  try {
    opened.push(await openThread({ path, durability, readOnly: false }, life));
    opened.push(await openThread({ path, durability, readOnly: true }, life));
  } catch (error) {
    await close();
    throw error;
  }
  const [writer, reader] = opened;
  if (writer === undefined || reader === undefined)
    throw new EscapementError("invariant.broken", "A storage thread is missing.");
  return { write: new Batcher(writer, tell), read: new Batcher(reader, tell), close };
}
