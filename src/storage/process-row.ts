// Rows of `process`, `message`, `fold` and `snapshot` as records, and the notes that tell of them.
import type { Instant } from "../base/clock.ts";
import type { SubjectNote } from "./journal.ts";
import type {
  FoldRecord,
  HistoryRecord,
  MessageRecord,
  ProcessCommit,
  ProcessRecord,
  SnapshotRecord,
} from "./processes.ts";
import { integer, optional, text, type Row } from "./row.ts";

export function decodeProcess(row: Row): ProcessRecord {
  return {
    id: text(row["id"]),
    head: integer(row["head"]),
    folded: integer(row["folded"]),
    chain: text(row["chain"]),
    lastAt: integer(row["last_at"]),
    createdAt: integer(row["created_at"]),
    ...optional("version", row["version"], text),
    ...optional("parked", row["parked"], text),
    ...optional("node", row["node"], text),
    ...optional("forkedFrom", row["forked_from"], text),
    ...optional("forkedAt", row["forked_at"], integer),
  };
}

export function decodeMessage(row: Row): MessageRecord {
  return {
    process: text(row["process"]),
    slot: integer(row["slot"]),
    id: text(row["id"]),
    name: text(row["name"]),
    input: text(row["input"]),
    at: integer(row["at"]),
    chain: text(row["chain"]),
    actor: text(row["actor"]),
    ...optional("key", row["key"], text),
    ...optional("parent", row["parent"], text),
  };
}

export function decodeFold(row: Row): FoldRecord {
  return {
    slot: integer(row["slot"]),
    count: integer(row["count"]),
    version: text(row["version"]),
    entries: text(row["entries"]),
  };
}

/** A message in a row of `fold` of SQLite: what does not follow from its place. */
type KeptMessage = readonly [
  id: string,
  name: string,
  input: string,
  at: Instant,
  chain: string,
  actor: string,
  key: string | null,
  parent: string | null,
];

/** `messages` is JSON text of a list. What a fork shares is told of its origin. */
export function decodeHistory(row: Row): HistoryRecord {
  const fold = decodeFold(row);
  const process = text(row["process"]);
  const kept: readonly KeptMessage[] = JSON.parse(text(row["messages"]));
  const messages = kept.map(([id, name, input, at, chain, actor, key, parent], index) => ({
    process,
    slot: fold.slot + index,
    id,
    name,
    input,
    at,
    chain,
    actor,
    ...(key === null ? {} : { key }),
    ...(parent === null ? {} : { parent }),
  }));
  return { ...fold, messages };
}

/** Without the slots behind `to`: those of a fork's origin that the fork does not share. */
export function cutHistory(record: HistoryRecord, to: number): HistoryRecord {
  const count = Math.min(record.count, to - record.slot + 1);
  return count === record.count ? record : { ...record, count, messages: record.messages.slice(0, count) };
}

export function decodeSnapshot(row: Row): SnapshotRecord {
  return { slot: integer(row["slot"]), version: text(row["version"]), state: text(row["state"]) };
}

/** `NAME` of `NAME/ID`. */
export function nameOf(process: string): string {
  return process.slice(0, process.indexOf("/"));
}

/** The ids of all processes of a name stand between these two. */
export function idsOfName(name: string): readonly [from: string, below: string] {
  return [`${name}/`, `${name}0`];
}

export function noteOfMessage(message: MessageRecord): SubjectNote {
  const { process, at, parent, name, slot } = message;
  return [process, at, parent ?? null, name, null, `{"slot":${slot}}`];
}

/** What a commit tells of its slots: those that were handled, and those whose handler failed. */
export function notesOfCommit(
  commit: ProcessCommit,
  now: Instant,
): { readonly handled: readonly SubjectNote[]; readonly failed: readonly SubjectNote[] } {
  const { process } = commit;
  const failed = new Map(commit.failed);
  const handled: SubjectNote[] = [];
  const end = endOf(commit);
  for (let slot = commit.from; slot < end; slot++)
    if (!failed.has(slot)) handled.push([process, now, null, null, null, `{"slot":${slot}}`]);
  return {
    handled,
    failed: commit.failed.map(([slot, error]) => [
      process,
      now,
      null,
      null,
      null,
      `{"slot":${slot},"error":${error}}`,
    ]),
  };
}

/** The slot behind the folds of a commit. */
export function endOf(commit: Pick<ProcessCommit, "from" | "folds">): number {
  const last = commit.folds.at(-1);
  return last === undefined ? commit.from : last.slot + last.count;
}

export function noteOfMoved(commit: ProcessCommit, now: Instant): SubjectNote {
  const { process, from, movedFrom, folds } = commit;
  const data = JSON.stringify({ slot: from, from: movedFrom, to: folds[0]?.version });
  return [process, now, null, null, null, data];
}

export function noteOfParked(commit: ProcessCommit, now: Instant): SubjectNote {
  return [commit.process, now, null, null, null, commit.parked ?? null];
}

/** The part of each process that a reader of slots has to look at, oldest first: a fork begins in another process. */
export interface Stretch {
  readonly process: string;
  readonly from: number;
  readonly to: number;
  /** The last slot that is shared from here; Infinity where nothing was forked off. */
  readonly end: number;
}

/** Cuts `from … to` up along the line of descent, which begins with the process itself. */
export function stretchesOf(
  line: readonly Pick<ProcessRecord, "id" | "forkedAt">[],
  from: number,
  to: number,
): readonly Stretch[] {
  const stretches: Stretch[] = [];
  let end = Number.POSITIVE_INFINITY;
  for (const { id, forkedAt = -1 } of line) {
    const start = Math.max(from, forkedAt + 1);
    const last = Math.min(to, end);
    if (start <= last) stretches.unshift({ process: id, from: start, to: last, end });
    end = Math.min(end, forkedAt);
  }
  return stretches;
}

/** The process that keeps what the state behind a slot follows from: where it was forked, a fork has a snapshot. */
export function keeperOf(
  line: readonly Pick<ProcessRecord, "id" | "forkedAt">[],
  at: number,
): string | undefined {
  const [process] = line;
  if (at < 0 || process === undefined) return undefined;
  return process.forkedAt === at ? process.id : stretchesOf(line, at, at)[0]?.process;
}
