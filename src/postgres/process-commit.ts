// What a holder has made of its messages, written down: folds, snapshots and effects of many processes in a handful of
// statements, each process only while it is held under the fence that the holder knows.
import type { Instant } from "../base/clock.ts";
import { upTo } from "../storage/process-line.ts";
import { endOf, noteOfMoved, noteOfParked, notesOfCommit } from "../storage/process-row.ts";
import type { SubjectNote } from "../storage/journal.ts";
import type { ProcessCommit, ProcessStorage } from "../storage/processes.ts";
import { integer, type Row } from "../storage/row.ts";
import { texts, wholeNumbers } from "./columns.ts";
import type { Enqueue } from "./enqueue.ts";
import type { PostgresControl } from "./postgres-control.ts";
import { appendInside } from "./postgres-records.ts";
import { ProcessLines } from "./process-lines.ts";
import type { WriteContext } from "./write-context.ts";

/** Whoever is parked is let go. */
const advance = `UPDATE escapement.process AS p SET folded = done.folded, version = coalesce(done.version, p.version), parked = done.parked,
    node = CASE WHEN done.parked IS NULL THEN p.node END, skip = CASE WHEN p.skip >= done.folded THEN p.skip END
  FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[]) AS done (id, folded, version, parked)
  WHERE p.id = ANY ($1::text[]) AND p.id = done.id`;
const insertFolds = `INSERT INTO escapement.fold (process, slot, count, version, entries)
  SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[], $5::text[])`;
const insertSnapshots = `INSERT INTO escapement.snapshot (process, slot, version, state)
  SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[])`;

type Request = Parameters<ProcessStorage["commit"]>[0];
type LetGo = (context: WriteContext, request: Parameters<ProcessStorage["release"]>[0]) => Promise<void>;

export interface CommitParts {
  readonly control: PostgresControl;
  readonly enqueue: Enqueue;
  readonly letGo: LetGo;
}

export async function commitProcesses(
  context: WriteContext,
  parts: CommitParts,
  request: Request,
): Promise<(number | null)[]> {
  const { node, now, commits } = request;
  const controls = await parts.control.share(context);
  const lines = new ProcessLines(context);
  const sent = commits.flatMap((commit) => commit.effects?.messages ?? []);
  await lines.lock(
    [...commits, ...sent].map((one) => one.process),
    now,
  );
  const isHeld = (commit: ProcessCommit, row: Row): boolean =>
    row["node"] === node &&
    row["fence"] === commit.fence &&
    row["folded"] === commit.from &&
    endOf(commit) <= integer(row["head"]);
  const written: ProcessCommit[] = [];
  const refused: ProcessCommit[] = [];
  const heads = commits.map((commit) => {
    const row = lines.rowOf(commit.process);
    if (row === undefined || !isHeld(commit, row)) return null;
    const limit = upTo(row, controls);
    const mayHandle = endOf(commit) <= limit;
    (mayHandle ? written : refused).push(commit);
    return mayHandle ? Math.min(integer(row["head"]), limit) : null;
  });
  if (written.length > 0) await write(context, written);
  note(context, written, { actor: `node:${node}`, now });
  await perform(context, parts.enqueue, lines, written, now);
  if (refused.length > 0) await parts.letGo(context, { node, now, processes: refused });
  return heads;
}

async function write(context: WriteContext, commits: readonly ProcessCommit[]): Promise<void> {
  const { connection } = context;
  await connection.run(
    advance,
    texts(commits.map((commit) => commit.process)),
    wholeNumbers(commits.map(endOf)),
    texts(commits.map((commit) => commit.folds.at(-1)?.version)),
    texts(commits.map((commit) => commit.parked)),
  );
  const folds = commits.flatMap(({ process, folds: some }) => some.map((fold) => ({ ...fold, process })));
  if (folds.length > 0)
    await connection.run(
      insertFolds,
      texts(folds.map((fold) => fold.process)),
      wholeNumbers(folds.map((fold) => fold.slot)),
      wholeNumbers(folds.map((fold) => fold.count)),
      texts(folds.map((fold) => fold.version)),
      texts(folds.map((fold) => fold.entries)),
    );
  const snapshots = commits.flatMap(({ process, snapshots: some }) =>
    some.map((snapshot) => ({ ...snapshot, process })),
  );
  if (snapshots.length > 0)
    await connection.run(
      insertSnapshots,
      texts(snapshots.map((snapshot) => snapshot.process)),
      wholeNumbers(snapshots.map((snapshot) => snapshot.slot)),
      texts(snapshots.map((snapshot) => snapshot.version)),
      texts(snapshots.map((snapshot) => snapshot.state)),
    );
}

function note(
  context: WriteContext,
  commits: readonly ProcessCommit[],
  { actor, now }: { readonly actor: string; readonly now: Instant },
): void {
  const add = (kind: string, notes: readonly SubjectNote[]): void =>
    context.journal.addProcesses(kind, actor, notes);
  const moved = commits.filter((commit) => commit.movedFrom !== undefined);
  const parked = commits.filter((commit) => commit.parked !== undefined);
  const notes = commits.map((commit) => notesOfCommit(commit, now));
  add(
    "process.moved",
    moved.map((commit) => noteOfMoved(commit, now)),
  );
  add(
    "process.handled",
    notes.flatMap((one) => one.handled),
  );
  add(
    "process.failed",
    notes.flatMap((one) => one.failed),
  );
  add(
    "process.parked",
    parked.map((commit) => noteOfParked(commit, now)),
  );
  if (commits.length > 0) context.tell({ handled: commits.map((commit) => commit.process) });
}

/** Runs, messages, records and events that a handler asked for, through the same doors as anybody's. */
async function perform(
  context: WriteContext,
  enqueue: Enqueue,
  lines: ProcessLines,
  commits: readonly ProcessCommit[],
  now: Instant,
): Promise<void> {
  for (const { process, effects } of commits) {
    if (effects === undefined) continue;
    const actor = `process:${process}`;
    if (effects.runs.length > 0)
      await enqueue.inside(context, { runs: effects.runs, actorOf: () => actor, now });
    for (const event of effects.events) context.journal.add(event);
  }
  const sends = commits.flatMap(({ process, effects }) =>
    effects === undefined || effects.messages.length === 0
      ? []
      : [{ messages: effects.messages, actor: `process:${process}`, now, inbox: Number.POSITIVE_INFINITY }],
  );
  if (sends.length > 0) await lines.send(sends);
  // Last, because whoever keeps a record keeps others waiting until the commit.
  const kept = commits.flatMap(({ process, effects }) => {
    const cause = { actor: `process:${process}`, parent: `process:${process}`, now };
    return effects === undefined || effects.records.length === 0
      ? []
      : [{ records: effects.records, ...cause }];
  });
  if (kept.length > 0) await appendInside(context, kept);
}
