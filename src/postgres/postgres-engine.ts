// The verbs of every noun over a session. The same parts serve calls with a commit of their own and calls inside a
// transaction that a caller holds open; only the session differs.
import { EscapementError } from "../base/errors.ts";
import type { NewEvent } from "../event/event.ts";
import type { Appended, RecordStorage } from "../storage/records.ts";
import type { ChangeOutcome } from "../document/change.ts";
import type { DocumentStorage, WriteRequest } from "../storage/documents.ts";
import type { SendAnswer, SendRequest } from "../storage/processes.ts";
import type { DumpStorage } from "../storage/dump.ts";
import type { KeyConflict, RunStorage, SettleRequest } from "../storage/runs.ts";
import type { StorageNouns } from "../storage/storage.ts";
import type { TaskStorage } from "../storage/tasks.ts";
import { Claim } from "./claim.ts";
import { Coalescer } from "./coalescer.ts";
import { Enqueue, isPlain } from "./enqueue.ts";
import { PostgresControl } from "./postgres-control.ts";
import { documentsIn } from "./postgres-documents.ts";
import { PostgresFifo } from "./postgres-fifo.ts";
import { listCursors, moveCursor, releaseCursor, removeCursor, takeCursor } from "./postgres-cursors.ts";
import { appendNow, dropEvents, findClosed, readBounds, readEvents, readHead } from "./postgres-journal.ts";
import { listGates, PostgresGate } from "./postgres-gate.ts";
import { PostgresLanes } from "./postgres-lanes.ts";
import { listNodes, PostgresNodes } from "./postgres-nodes.ts";
import { PostgresProcesses } from "./postgres-processes.ts";
import { PostgresRetention } from "./postgres-retention.ts";
import { PostgresRuns } from "./postgres-runs.ts";
import { appendAll as appendRecords, recordsIn } from "./postgres-records.ts";
import { refsIn } from "./postgres-refs.ts";
import { vectorsIn } from "./postgres-vectors.ts";
import { stepsIn } from "./postgres-steps.ts";
import { PostgresTasks } from "./postgres-tasks.ts";
import { Recover } from "./recover.ts";
import { countRuns, getRuns, heldRuns, listRuns } from "./run-reads.ts";
import { beginCopy, finishCopy, readRows, readSource, readState, writeRows } from "./postgres-dump.ts";
import type { Session } from "./session.ts";
import { Settle } from "./settle.ts";
import { definitionAt, getTask, listTasks, readOccurrences, skipCounts } from "./task-reads.ts";

/** What is kept in memory between calls: copies, numbers, caches. One per storage. */
export class PostgresEngine {
  readonly #lanes = new PostgresLanes();
  readonly #fifo = new PostgresFifo();
  readonly control: PostgresControl = new PostgresControl();
  readonly gate: PostgresGate = new PostgresGate(this.control);
  readonly settle: Settle = new Settle(this.#lanes, this.#fifo);
  readonly enqueue: Enqueue = new Enqueue(this.settle, this.#fifo);
  readonly claim: Claim = new Claim(this.control, this.#lanes);
  readonly runs: PostgresRuns = new PostgresRuns(this.settle, this.#fifo);
  readonly processes: PostgresProcesses = new PostgresProcesses(this.control, this.enqueue);
  readonly recover: Recover = new Recover(this.settle, this.processes);
  readonly tasks: PostgresTasks = new PostgresTasks(this.control, this.enqueue, this.settle);
  readonly nodes: PostgresNodes = new PostgresNodes(this.recover);
  readonly retention: PostgresRetention = new PostgresRetention();
}

export function nounsIn(engine: PostgresEngine, session: Session): StorageNouns {
  const { control, gate, nodes, retention } = engine;
  return {
    runs: runsIn(engine, session),
    steps: stepsIn(session),
    records: recordsIn(session),
    refs: refsIn(session),
    vectors: vectorsIn(session),
    tasks: tasksIn(engine, session),
    processes: engine.processes.verbs(session),
    journal: {
      append: (request) => append(session, request.events),
      read: (filter) => session.read((connection) => readEvents(connection, filter)),
      head: () => session.read(readHead),
      bounds: () => session.read(readBounds),
      closed: (request) => session.read((connection) => findClosed(connection, request)),
      drop: ({ to }) => session.direct((connection) => dropEvents(connection, to)),
    },
    cursors: {
      take: (request) => session.read((connection) => takeCursor(connection, request)),
      move: (request) => session.read((connection) => moveCursor(connection, request)),
      release: (request) => session.read((connection) => releaseCursor(connection, request)),
      remove: (request) => session.read((connection) => removeCursor(connection, request)),
      list: () => session.read(listCursors),
    },
    control: {
      kill: (killed) => session.transact((context) => control.kill(context, killed)),
      restore: (request) => session.transact((context) => control.restore(context, request)),
      changeCluster: (request) => session.transact((context) => control.changeCluster(context, request)),
      take: (request) => session.transact((context) => control.take(context, request)),
      state: () => control.state(session),
    },
    gate: {
      set: (request) => session.transact((context) => gate.set(context, request)),
      next: (request) => session.transact((context) => gate.next(context, request)),
      pending: (request) => session.read((connection) => gate.pending(connection, request)),
      list: () => session.read(listGates),
    },
    nodes: {
      join: (request) => session.transact((context) => nodes.join(context, request)),
      renew: (request) => session.read((connection) => nodes.renew(connection, request)),
      leave: (request) => session.transact((context) => nodes.leave(context, request)),
      list: () => session.read(listNodes),
    },
    retention: { step: (request) => session.transact((context) => retention.step(context, request)) },
    documents: documentsIn(session),
    dump: dumpIn(session),
  };
}

function dumpIn(session: Session): DumpStorage {
  return {
    read: (request) => session.read((connection) => readRows(connection, request)),
    source: (request) => session.read((connection) => readSource(connection, request)),
    copied: () => session.read(readState),
    begin: (request) => session.transact(({ connection }) => beginCopy(connection, request)),
    write: (request) => session.transact(({ connection }) => writeRows(connection, request)),
    finish: () => session.transact(({ connection }) => finishCopy(connection)),
  };
}

function runsIn(engine: PostgresEngine, session: Session): RunStorage {
  const { enqueue, claim, settle, runs, recover } = engine;
  return {
    enqueue: (request) => enqueue.enqueue(session, request),
    claim: (request) => claim.claim(session, request),
    settle: (request) => settle.settle(session, request),
    progress: (request) => runs.progress(session, request),
    cancel: (request) => session.transact((context) => runs.cancel(context, request)),
    redrive: (request) => session.transact((context) => runs.redrive(context, request)),
    recover: ({ now }) => recover.recover(session, now),
    held: (request) => session.read((connection) => heldRuns(connection, request)),
    get: ({ id }) => session.read(async (connection) => (await getRuns(connection, [id]))[0]),
    list: (filter) => session.read((connection) => listRuns(connection, filter)),
    counts: () => session.read(countRuns),
  };
}

function tasksIn({ tasks }: PostgresEngine, session: Session): TaskStorage {
  return {
    register: (request) => session.transact((context) => tasks.register(context, request)),
    setEnabled: (request) => session.transact((context) => tasks.setEnabled(context, request)),
    remove: (request) => session.transact((context) => tasks.remove(context, request)),
    fire: (request) => session.transact((context) => tasks.fire(context, request)),
    backfill: (request) => session.transact((context) => tasks.backfill(context, request)),
    get: ({ id }) => session.read((connection) => getTask(connection, id)),
    list: (filter) => session.read((connection) => listTasks(connection, filter)),
    skipCounts: () => session.read(skipCounts),
    occurrences: (filter) => session.read((connection) => readOccurrences(connection, filter)),
    definitionAt: (request) => session.read((connection) => definitionAt(connection, request)),
  };
}

async function append(session: Session, events: readonly NewEvent[]): Promise<number[]> {
  if (events.length === 0) return [];
  const first = await session.direct((connection) => appendNow(connection, events));
  session.tell({});
  return events.map((_event, index) => first + index);
}

/** So many runs or events travel together, so that a thousand callers keep both sides at work at the same time. */
const enough = 500;
/** Who asks when nobody is named: nearly every call, so these are the ones that travel together. */
const anybody = "system";

/** The same nouns, with the calls of many callers sent together where that means the same. */
export function coalesced(engine: PostgresEngine, session: Session): StorageNouns {
  const nouns = nounsIn(engine, session);
  // A group that failed as a whole left nothing behind, unless nobody knows whether it did.
  const isOneBad = (error: unknown): boolean => EscapementError.is(error) && error.code !== "storage.busy";
  const enqueues = new Coalescer<Enqueueing, readonly KeyConflict[]>(
    async (requests) => {
      await engine.enqueue.enqueuePlain(session, requests);
      return requests.map(() => []);
    },
    { weightOf: (request) => request.runs.length, enough, isOneBad },
  );
  const settles = new Coalescer<SettleRequest, readonly string[]>(
    (requests) => settleAll(nouns.runs, requests),
    { weightOf: (request) => request.outcomes.length, enough, isOneBad: () => false },
  );
  const appends = new Coalescer<readonly NewEvent[], readonly number[]>(
    (lists) => appendAll(session, lists),
    {
      weightOf: (events) => events.length,
      enough,
      isOneBad,
    },
  );
  const records = new Coalescer<Parameters<RecordStorage["append"]>[0], readonly Appended[]>(
    (requests) => appendRecords(session, requests),
    { weightOf: (request) => request.records.length, enough, isOneBad },
  );
  const writes = new Coalescer<WriteRequest, readonly ChangeOutcome[]>(
    (requests) => writeAll(nouns.documents, requests),
    { weightOf: (request) => request.changes.length, enough, isOneBad },
  );
  const sends = new Coalescer<SendRequest, readonly SendAnswer[]>(
    (requests) => engine.processes.sendAll(session, requests),
    { weightOf: (request) => request.messages.length, enough, isOneBad },
  );
  return {
    ...nouns,
    records: { ...nouns.records, append: (request) => records.call(request) },
    documents: {
      ...nouns.documents,
      write: (request) =>
        request.actor === anybody && request.parent === undefined
          ? writes.call(request)
          : nouns.documents.write(request),
    },
    processes: { ...nouns.processes, send: (request) => sends.call(request) },
    runs: {
      ...nouns.runs,
      enqueue: (request) =>
        request.actor === anybody && request.runs.length > 0 && isPlain(request)
          ? enqueues.call(request)
          : nouns.runs.enqueue(request),
      settle: (request) => settles.call(request),
    },
    journal: { ...nouns.journal, append: ({ events }) => appends.call(events) },
  };
}

type Enqueueing = Parameters<RunStorage["enqueue"]>[0];

async function settleAll(
  runs: RunStorage,
  requests: readonly SettleRequest[],
): Promise<(readonly string[])[]> {
  const stale = new Map<string, string[]>();
  for (const [node, group] of Map.groupBy(requests, (request) => request.node)) {
    const outcomes = group.flatMap((request) => request.outcomes);
    stale.set(node, [...(await runs.settle({ node, outcomes }))]);
  }
  // What is stale was said by the later of those who said it.
  return requests
    .toReversed()
    .map((request) => takeOf(stale.get(request.node) ?? [], request))
    .toReversed();
}

function takeOf(stale: string[], request: SettleRequest): string[] {
  if (stale.length === 0) return [];
  return request.outcomes.flatMap(({ id }) => {
    const index = stale.indexOf(id);
    return index === -1 ? [] : stale.splice(index, 1);
  });
}

/** The changes of many callers as one transaction, told by the latest of their times. */
async function writeAll(
  documents: DocumentStorage,
  requests: readonly WriteRequest[],
): Promise<(readonly ChangeOutcome[])[]> {
  const changes = requests.flatMap((request) => request.changes);
  const now = Math.max(...requests.map((request) => request.now));
  const outcomes = await documents.write({ changes, actor: anybody, now });
  let from = 0;
  return requests.map((request) => {
    from += request.changes.length;
    return outcomes.slice(from - request.changes.length, from);
  });
}

async function appendAll(
  session: Session,
  lists: readonly (readonly NewEvent[])[],
): Promise<(readonly number[])[]> {
  const seqs = await append(session, lists.flat());
  let from = 0;
  return lists.map((events) => {
    from += events.length;
    return seqs.slice(from - events.length, from);
  });
}
