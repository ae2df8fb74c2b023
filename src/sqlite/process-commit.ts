// What a holder has made of its messages, written down: folds, snapshots and effects of many processes, each only while
// it is held under the fence that the holder knows.
import type { Instant } from "../base/clock.ts";
import { EscapementError } from "../base/errors.ts";
import { endOf, noteOfMoved, noteOfParked, notesOfCommit } from "../storage/process-row.ts";
import type { FoldRecord, ProcessCommit, ProcessStorage, SnapshotRecord } from "../storage/processes.ts";
import type { SubjectNote } from "../storage/journal.ts";
import { integer } from "../storage/row.ts";
import { upTo } from "../storage/process-line.ts";
import type { Controls } from "../run/controls.ts";
import type { Enqueue } from "./enqueue.ts";
import type { PendingMessages } from "./pending-messages.ts";
import type { ProcessLines } from "./process-lines.ts";
import type { ProcessSend } from "./process-send.ts";
import type { SqliteControl } from "./sqlite-control.ts";
import type { WriteContext } from "./write-context.ts";

const find = "SELECT * FROM process WHERE id = ?";
/** Only where it stands as the holder knows it does anything change. Whoever is parked is let go. */
const advance = `UPDATE process SET folded = ?1, version = coalesce(?2, version), parked = ?3,
    node = CASE WHEN ?3 IS NULL THEN node END, skip = CASE WHEN skip >= ?1 THEN skip END
  WHERE id = ?4 AND node = ?5 AND fence = ?6 AND folded = ?7 RETURNING head`;
const list = "json_array(id, name, input, at, chain, actor, key, parent)";
const insertFold = (
  which: string,
): string => `INSERT INTO fold (process, slot, count, version, entries, messages)
  SELECT ?1, ?2, ?3, ?4, ?5, json_group_array(${list} ORDER BY seq) FROM message WHERE ${which}`;
/** Messages of a busy process stand side by side. */
const foldSpan = insertFold("seq BETWEEN ?6 AND ?7");
const foldListed = insertFold("seq IN (SELECT value FROM json_each(?6))");
const insertSnapshot = "INSERT INTO snapshot (process, slot, version, state) VALUES (?, ?, ?, ?)";
const removeSpan = "DELETE FROM message WHERE seq BETWEEN ? AND ?";
const removeListed = "DELETE FROM message WHERE seq IN (SELECT value FROM json_each(?))";

type Request = Parameters<ProcessStorage["commit"]>[0];

export interface CommitParts {
  readonly send: ProcessSend;
  readonly lines: ProcessLines;
  readonly pending: PendingMessages;
  readonly enqueue: Enqueue;
  readonly control: SqliteControl;
  readonly letGo: (request: Parameters<ProcessStorage["release"]>[0]) => void;
}

export class ProcessCommits {
  readonly #context: WriteContext;
  readonly #parts: CommitParts;

  constructor(context: WriteContext, parts: CommitParts) {
    this.#context = context;
    this.#parts = parts;
  }

  commit({ node, now, commits }: Request): (number | null)[] {
    const written: ProcessCommit[] = [];
    const done: number[] = [];
    const controls = this.#parts.control.controls(now);
    const isOpen = controls.switches.size === 0;
    const heads = commits.map((commit) => {
      if (!isOpen && !this.#mayHandle(commit, controls)) {
        this.#parts.letGo({ node, now, processes: [commit] });
        return null;
      }
      const head = this.#advance(commit, node);
      if (head === undefined) return null;
      written.push(commit);
      for (const fold of commit.folds) done.push(...this.#insertFold(commit.process, fold));
      for (const snapshot of commit.snapshots) this.#insertSnapshot(commit.process, snapshot);
      return head;
    });
    this.#remove(done);
    this.#note(written, `node:${node}`, now);
    for (const commit of written) this.#perform(commit, now);
    return heads;
  }

  /** After a kill nothing is handled any more: whoever folds lets go of its processes. */
  #mayHandle(commit: ProcessCommit, controls: Controls): boolean {
    const row = this.#context.connection.get(find, commit.process);
    return row === undefined || endOf(commit) <= upTo(row, controls);
  }

  #advance(commit: ProcessCommit, node: string): number | undefined {
    const { process, fence, from, folds, parked = null } = commit;
    const version = folds.at(-1)?.version ?? null;
    const end = endOf(commit);
    const row = this.#context.connection.get(advance, end, version, parked, process, node, fence, from);
    if (row === undefined) return undefined;
    this.#parts.lines.handled(process, end);
    this.#context.processHandled(process);
    return integer(row["head"]);
  }

  /** The rows of its messages, which are kept with it from now on. */
  #insertFold(process: string, { slot, count, version, entries }: FoldRecord): readonly number[] {
    const { connection } = this.#context;
    const rows = this.#parts.pending.take(process, count);
    if (rows.length < count)
      throw new EscapementError(
        "invariant.broken",
        `Process ${process} has ${rows.length} messages where ${count} were handled.`,
      );
    const [first = 0] = rows;
    const last = rows.at(-1) ?? 0;
    if (isSpan(rows)) connection.run(foldSpan, process, slot, count, version, entries, first, last);
    else connection.run(foldListed, process, slot, count, version, entries, JSON.stringify(rows));
    return rows;
  }

  #insertSnapshot(process: string, { slot, version, state }: SnapshotRecord): void {
    this.#context.connection.run(insertSnapshot, process, slot, version, state);
  }

  #remove(seqs: readonly number[]): void {
    if (seqs.length === 0) return;
    const { connection } = this.#context;
    if (isSpan(seqs)) connection.run(removeSpan, seqs[0] ?? 0, seqs.at(-1) ?? 0);
    else connection.run(removeListed, JSON.stringify(seqs));
  }

  #note(commits: readonly ProcessCommit[], actor: string, now: Instant): void {
    const { journal } = this.#context;
    const add = (kind: string, notes: readonly SubjectNote[]): void => {
      if (notes.length > 0) journal.addProcesses(kind, actor, notes);
    };
    const moved = commits.filter((commit) => commit.movedFrom !== undefined);
    const parked = commits.filter((commit) => commit.parked !== undefined);
    const notes = commits.map((commit) => notesOfCommit(commit, now));
    add(
      "process.moved",
      moved.map((commit) => noteOfMoved(commit, now)),
    );
    add(
      "process.handled",
      notes.flatMap((note) => note.handled),
    );
    add(
      "process.failed",
      notes.flatMap((note) => note.failed),
    );
    add(
      "process.parked",
      parked.map((commit) => noteOfParked(commit, now)),
    );
  }

  /** Runs, messages and events that a handler asked for, through the same doors as anybody's. */
  #perform({ process, effects }: ProcessCommit, now: Instant): void {
    if (effects === undefined) return;
    const { enqueue, send } = this.#parts;
    const actor = `process:${process}`;
    if (effects.runs.length > 0) enqueue.enqueue({ runs: effects.runs, actor, now });
    if (effects.messages.length > 0)
      send.send(effects.messages, { actor, now, inbox: Number.POSITIVE_INFINITY });
    for (const event of effects.events) this.#context.journal.add(event);
  }
}

/** Numbers that follow each other without a gap; they ascend. */
function isSpan(seqs: readonly number[]): boolean {
  return (seqs.at(-1) ?? 0) - (seqs[0] ?? 0) === seqs.length - 1;
}
