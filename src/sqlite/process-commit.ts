// What a holder has made of its messages, written down: folds, snapshots and effects of many processes, each only while
// it is held under the fence that the holder knows.
import type { Instant } from "../base/clock.ts";
import { endOf, noteOfParked, notesOfCommit } from "../storage/process-row.ts";
import type { FoldRecord, ProcessCommit, ProcessStorage, SnapshotRecord } from "../storage/processes.ts";
import type { SubjectNote } from "../storage/journal.ts";
import { integer } from "../storage/row.ts";
import type { Enqueue } from "./enqueue.ts";
import type { ProcessSend } from "./process-send.ts";
import type { WriteContext } from "./write-context.ts";

/** Only where it stands as the holder knows it does anything change. */
const advance = `UPDATE process SET folded = ?, version = coalesce(?, version), parked = ?,
    node = CASE WHEN ?3 IS NULL THEN node END
  WHERE id = ? AND node = ? AND fence = ? AND folded = ? RETURNING head`;
const insertFold = "INSERT INTO fold (process, slot, count, version, moved, entries) VALUES (?, ?, ?, ?, ?, ?)";
/** Where a process begins there may be one already: another definition begins it anew only when nothing was handled. */
const insertSnapshot = "INSERT OR REPLACE INTO snapshot (process, slot, version, state) VALUES (?, ?, ?, ?)";

type Request = Parameters<ProcessStorage["commit"]>[0];

export class ProcessCommits {
  readonly #context: WriteContext;
  readonly #send: ProcessSend;
  readonly #enqueue: Enqueue;

  constructor(context: WriteContext, send: ProcessSend, enqueue: Enqueue) {
    this.#context = context;
    this.#send = send;
    this.#enqueue = enqueue;
  }

  commit({ node, now, commits }: Request): (number | null)[] {
    const written: ProcessCommit[] = [];
    const heads = commits.map((commit) => {
      const head = this.#advance(commit, node);
      if (head === undefined) return null;
      written.push(commit);
      for (const fold of commit.folds) this.#insertFold(commit.process, fold);
      for (const snapshot of commit.snapshots) this.#insertSnapshot(commit.process, snapshot);
      return head;
    });
    this.#note(written, `node:${node}`, now);
    for (const commit of written) this.#perform(commit, now);
    return heads;
  }

  #advance(commit: ProcessCommit, node: string): number | undefined {
    const { process, fence, from, folds, parked = null } = commit;
    const version = folds.at(-1)?.version ?? null;
    const { connection } = this.#context;
    const row = connection.get(advance, endOf(commit), version, parked, process, node, fence, from);
    return row === undefined ? undefined : integer(row["head"]);
  }

  #insertFold(process: string, fold: FoldRecord): void {
    const { slot, count, version, moved = null, entries } = fold;
    this.#context.connection.run(insertFold, process, slot, count, version, moved, entries);
  }

  #insertSnapshot(process: string, { slot, version, state }: SnapshotRecord): void {
    this.#context.connection.run(insertSnapshot, process, slot, version, state);
  }

  #note(commits: readonly ProcessCommit[], actor: string, now: Instant): void {
    const { journal } = this.#context;
    const notes = commits.map((commit) => notesOfCommit(commit, now));
    const add = (kind: string, some: readonly SubjectNote[]): void => {
      if (some.length > 0) journal.addProcesses(kind, actor, some);
    };
    add("process.handled", notes.flatMap((note) => note.handled));
    add("process.failed", notes.flatMap((note) => note.failed));
    const parked = commits.filter((commit) => commit.parked !== undefined);
    add("process.parked", parked.map((commit) => noteOfParked(commit, now)));
    for (const { process } of commits) this.#context.processHandled(process);
  }

  /** Runs, messages and events that a handler asked for, through the same doors as anybody's. */
  #perform({ process, effects }: ProcessCommit, now: Instant): void {
    if (effects === undefined) return;
    const actor = `process:${process}`;
    if (effects.runs.length > 0) this.#enqueue.enqueue({ runs: effects.runs, actor, now });
    if (effects.messages.length > 0)
      this.#send.send(effects.messages, { actor, now, inbox: Number.POSITIVE_INFINITY });
    for (const event of effects.events) this.#context.journal.add(event);
  }
}
