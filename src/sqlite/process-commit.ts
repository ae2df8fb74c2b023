// What a holder has made of its messages, written down: folds, snapshots and effects of many processes, each only while
// it is held under the fence that the holder knows.
import type { Instant } from "../base/clock.ts";
import { EscapementError } from "../base/errors.ts";
import { endOf, noteOfMoved, noteOfParked, notesOfCommit } from "../storage/process-row.ts";
import type { FoldRecord, ProcessCommit, ProcessStorage, SnapshotRecord } from "../storage/processes.ts";
import type { SubjectNote } from "../storage/journal.ts";
import { upTo } from "../storage/process-line.ts";
import type { Controls } from "../run/controls.ts";
import type { Enqueue } from "./enqueue.ts";
import type { PendingMessages } from "./pending-messages.ts";
import type { ProcessLines } from "./process-lines.ts";
import type { ProcessSend } from "./process-send.ts";
import type { SqliteRecords } from "./sqlite-records.ts";
import type { SqliteControl } from "./sqlite-control.ts";
import type { WriteContext } from "./write-context.ts";

const find = "SELECT * FROM process WHERE id = ?";
/** Only where it stands as the holder knows it does anything change. */
const advance = `UPDATE process SET folded = ?1, head = ?2, chain = ?3, last_at = ?4, version = coalesce(?5, version),
    skip = CASE WHEN skip >= ?1 THEN skip END
  WHERE id = ?6 AND node = ?7 AND fence = ?8 AND folded = ?9`;
/** Whoever is parked is let go. */
const park = "UPDATE process SET parked = ?, node = NULL WHERE id = ?";
const insertFold = `INSERT INTO fold (process, slot, count, version, entries, messages) VALUES (?, ?, ?, ?, ?, ?)`;
const insertSnapshot = "INSERT INTO snapshot (process, slot, version, state) VALUES (?, ?, ?, ?)";
type Request = Parameters<ProcessStorage["commit"]>[0];

/** What other nouns do for processes. */
export interface ProcessParts {
  readonly control: SqliteControl;
  readonly enqueue: Enqueue;
  readonly records: SqliteRecords;
}

interface CommitParts extends ProcessParts {
  readonly send: ProcessSend;
  readonly lines: ProcessLines;
  readonly pending: PendingMessages;
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
    const controls = this.#parts.control.controls(now);
    const isOpen = controls.switches.size === 0 && controls.gates.size === 0;
    const heads = commits.map((commit) => {
      const limit = isOpen ? Number.POSITIVE_INFINITY : this.#limit(commit, controls);
      if (endOf(commit) > limit) {
        this.#parts.letGo({ node, now, processes: [commit] });
        return null;
      }
      const head = this.#advance(commit, node);
      if (head === undefined) return null;
      written.push(commit);
      for (const fold of commit.folds) this.#insertFold(commit.process, fold);
      for (const snapshot of commit.snapshots) this.#insertSnapshot(commit.process, snapshot);
      return Math.min(head, limit);
    });
    this.#parts.pending.sweep();
    this.#note(written, `node:${node}`, now);
    for (const commit of written) this.#perform(commit, now);
    return heads;
  }

  /** After a kill nothing is handled, and before a gate only what was released: whoever did more lets go of it. */
  #limit(commit: ProcessCommit, controls: Controls): number {
    const row = this.#context.connection.get(find, commit.process);
    return row === undefined ? Number.POSITIVE_INFINITY : upTo(row, controls);
  }

  #advance(commit: ProcessCommit, node: string): number | undefined {
    const { process, fence, from, folds, parked } = commit;
    const { connection } = this.#context;
    const version = folds.at(-1)?.version ?? null;
    const end = endOf(commit);
    const line = this.#parts.lines.of(process);
    const { head, chain, lastAt } = line;
    if (end > head) return undefined;
    const held = [process, node, fence, from] as const;
    if (connection.run(advance, end, head, chain, lastAt, version, ...held) === 0) return undefined;
    line.folded = end;
    if (parked !== undefined) connection.run(park, parked, process);
    this.#context.processHandled(process);
    return head;
  }

  /** With its messages, which wait no longer. */
  #insertFold(process: string, { slot, count, version, entries }: FoldRecord): void {
    const messages = this.#parts.pending.take(process, count);
    if (messages.length < count)
      throw new EscapementError(
        "invariant.broken",
        `Process ${process} has ${messages.length} messages where ${count} were handled.`,
      );
    const kept = `[${messages.join(",")}]`;
    this.#context.connection.run(insertFold, process, slot, count, version, entries, kept);
  }

  #insertSnapshot(process: string, { slot, version, state }: SnapshotRecord): void {
    this.#context.connection.run(insertSnapshot, process, slot, version, state);
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

  /** Runs, messages, records and events that a handler asked for, through the same doors as anybody's. */
  #perform({ process, effects }: ProcessCommit, now: Instant): void {
    if (effects === undefined) return;
    const { enqueue, send, records } = this.#parts;
    const actor = `process:${process}`;
    if (effects.runs.length > 0) enqueue.enqueue({ runs: effects.runs, actor, now });
    if (effects.messages.length > 0)
      send.send(effects.messages, { actor, now, inbox: Number.POSITIVE_INFINITY });
    if (effects.records.length > 0) records.append({ records: effects.records, actor, parent: actor, now });
    for (const event of effects.events) this.#context.journal.add(event);
  }
}
