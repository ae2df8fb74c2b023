// Processes in PostgreSQL: who holds which, and the verbs over a session. Rows of processes are locked before anything
// else that a transaction locks but the controls, in the order of their ids, by everybody.
import type { Instant } from "../base/clock.ts";
import { noProcess, takenProcess, unhandledSlot } from "../storage/process-faults.ts";
import { nameOf } from "../storage/process-row.ts";
import type {
  ForkRequest,
  ProcessRecord,
  ProcessStorage,
  SendAnswer,
  SendRequest,
} from "../storage/processes.ts";
import { integer, text, type Row } from "../storage/row.ts";
import { texts, wholeNumbers } from "./columns.ts";
import type { Enqueue } from "./enqueue.ts";
import type { PostgresControl } from "./postgres-control.ts";
import { claimProcesses } from "./process-claim.ts";
import { commitProcesses } from "./process-commit.ts";
import { ProcessLines } from "./process-lines.ts";
import {
  getProcesses,
  listProcesses,
  pendingMessages,
  readHistory,
  readState,
  waitingProcesses,
} from "./process-reads.ts";
import type { Session } from "./session.ts";
import type { WriteContext } from "./write-context.ts";

/** Whoever lets go of a process with messages to handle puts it at the end of the line. */
const letGo = `UPDATE escapement.process SET node = NULL, waiting = CASE WHEN head > folded AND parked IS NULL THEN $1::bigint END`;
const release = `WITH held AS (
    SELECT p.id FROM unnest($3::text[], $4::bigint[]) AS given (id, fence) JOIN escapement.process AS p ON p.id = given.id
    WHERE p.id = ANY ($3::text[]) AND p.node = $2 AND p.fence = given.fence ORDER BY p.id FOR UPDATE OF p
  ) ${letGo} WHERE id = ANY (ARRAY(SELECT id FROM held)) RETURNING id, head, waiting`;
const takeOver = `${letGo} WHERE id = ANY (ARRAY(SELECT id FROM escapement.process WHERE node = $2 ORDER BY id FOR UPDATE))
  RETURNING id, head, waiting`;
const unpark = `UPDATE escapement.process SET parked = NULL, waiting = CASE WHEN head > folded THEN $1::bigint END,
  skip = CASE WHEN $2::boolean THEN folded END WHERE id = $3 AND parked IS NOT NULL RETURNING head`;
const insertFork = `INSERT INTO escapement.process (id, name, head, folded, chain, last_at, version, created_at, forked_from, forked_at)
  VALUES ($1, $2, $3, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING RETURNING *`;
const insertSnapshot =
  "INSERT INTO escapement.snapshot (process, slot, version, state) VALUES ($1, $2, $3, $4)";

type Input<Verb extends keyof ProcessStorage> = Parameters<ProcessStorage[Verb]>[0];

export class PostgresProcesses {
  readonly #control: PostgresControl;
  readonly #enqueue: Enqueue;

  constructor(control: PostgresControl, enqueue: Enqueue) {
    this.#control = control;
    this.#enqueue = enqueue;
  }

  verbs(session: Session): ProcessStorage {
    const control = this.#control;
    const parts = { control, enqueue: this.#enqueue, letGo: releaseProcesses };
    return {
      send: async (request) => (await this.sendAll(session, [request]))[0] ?? [],
      claim: (request) => this.#claim(session, request),
      commit: (request) => session.transact((context) => commitProcesses(context, parts, request)),
      release: (request) => session.transact((context) => releaseProcesses(context, request)),
      resume: (request) => session.transact((context) => resume(context, request)),
      fork: (request) => session.transact((context) => fork(context, request)),
      waiting: ({ node }) =>
        session.read(async (connection) =>
          waitingProcesses(connection, node, (await control.reload(connection)).controls),
        ),
      messages: (request) => session.read((connection) => pendingMessages(connection, request)),
      history: (request) => session.read((connection) => readHistory(connection, request)),
      state: (request) => session.read((connection) => readState(connection, request)),
      get: ({ ids }) => session.read((connection) => getProcesses(connection, ids)),
      list: (filter) => session.read((connection) => listProcesses(connection, filter)),
    };
  }

  async #claim(
    session: Session,
    request: Input<"claim">,
  ): Promise<Awaited<ReturnType<ProcessStorage["claim"]>>> {
    await this.#control.liftExpired(session, request.now);
    return session.transact((context) => claimProcesses(context, this.#control, request));
  }

  /** The requests of many callers, in one transaction. */
  sendAll(session: Session, requests: readonly SendRequest[]): Promise<readonly (readonly SendAnswer[])[]> {
    return session.transact(async (context) => {
      const lines = new ProcessLines(context);
      const [first] = requests;
      const processes = requests.flatMap(({ messages }) => messages.map((message) => message.process));
      await lines.lock(processes, first?.now ?? 0);
      return lines.send(requests);
    });
  }

  /** What stands under the name of a node that is gone waits again; the number of processes. */
  async takeOver(context: WriteContext, node: string, now: Instant): Promise<number> {
    return freed(context, await context.connection.all(takeOver, Math.round(now), node));
  }
}

async function releaseProcesses(context: WriteContext, request: Input<"release">): Promise<void> {
  const { node, now, processes } = request;
  const ids = texts(processes.map((held) => held.process));
  const fences = wholeNumbers(processes.map((held) => held.fence));
  freed(context, await context.connection.all(release, Math.round(now), node, ids, fences));
}

function freed(context: WriteContext, rows: readonly Row[]): number {
  const waiting = rows.filter((row) => row["waiting"] !== null);
  if (waiting.length > 0)
    context.tell({ messages: waiting.map((row) => [text(row["id"]), integer(row["head"])]) });
  return rows.length;
}

async function resume(context: WriteContext, request: Input<"resume">): Promise<boolean> {
  const { process, skip, actor, now } = request;
  const row = await context.connection.get(unpark, Math.round(now), skip, process);
  if (row === undefined) {
    const [found] = await getProcesses(context.connection, [process]);
    if (found === undefined) throw noProcess(process);
    return false;
  }
  const data = JSON.stringify({ skip });
  context.journal.addProcesses("process.resumed", actor, [[process, now, null, null, null, data]]);
  context.tell({ messages: [[process, integer(row["head"])]] });
  return true;
}

async function fork(context: WriteContext, request: ForkRequest): Promise<ProcessRecord> {
  const { process, at, as, snapshot, actor, now } = request;
  const { connection, journal } = context;
  const [origin] = await getProcesses(connection, [process]);
  if (origin === undefined) throw noProcess(process);
  if ((await getProcesses(connection, [as])).length > 0) throw takenProcess(as);
  if (at < 0 || at >= origin.folded) throw unhandledSlot(process, at, origin.folded);
  const [piece] = await readHistory(connection, { process, from: at, limit: 1 });
  const last = piece?.messages[at - piece.slot];
  if (last === undefined) throw unhandledSlot(process, at, origin.folded);
  const { version, state } = snapshot;
  const values = [
    as,
    nameOf(as),
    at + 1,
    last.chain,
    Math.round(last.at),
    version,
    Math.round(now),
    process,
    at,
  ];
  if ((await connection.get(insertFork, ...values)) === undefined) throw takenProcess(as);
  await connection.run(insertSnapshot, as, at, version, state);
  const data = JSON.stringify({ from: process, at });
  journal.addProcesses("process.forked", actor, [[as, now, `process:${process}`, null, null, data]]);
  const [made] = await getProcesses(connection, [as]);
  if (made === undefined) throw noProcess(as);
  return made;
}
