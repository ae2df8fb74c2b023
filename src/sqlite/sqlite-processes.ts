// Processes in SQLite: who holds which, and the verbs that change them.
import type { Instant } from "../base/clock.ts";
import type { Controls } from "../run/controls.ts";
import { gateOfProcess } from "../run/gate.ts";
import { upTo } from "../storage/process-line.ts";
import { noProcess, takenProcess, unhandledSlot } from "../storage/process-faults.ts";
import { decodeMessage, decodeProcess, nameOf } from "../storage/process-row.ts";
import type {
  ClaimedProcess,
  ClaimProcessesRequest,
  ForkRequest,
  MessageRecord,
  ProcessRecord,
  ProcessStorage,
  SendAnswer,
  SendRequest,
  WaitingProcess,
} from "../storage/processes.ts";
import type { Page } from "../storage/runs.ts";
import { integer, optional, text, type Row } from "../storage/row.ts";
import { PendingMessages } from "./pending-messages.ts";
import { ProcessCommits, type ProcessParts } from "./process-commit.ts";
import { ProcessLines } from "./process-lines.ts";
import { findProcess, listProcesses, readHistory, readState } from "./process-reads.ts";
import { ProcessSend } from "./process-send.ts";
import type { SqliteControl } from "./sqlite-control.ts";
import type { WriteContext } from "./write-context.ts";

const longestWaiting =
  "SELECT * FROM process WHERE name = ? AND waiting IS NOT NULL ORDER BY waiting, id LIMIT ?";
const take = "UPDATE process SET node = ?, fence = fence + 1, waiting = NULL, gate = NULL WHERE id = ?";
const stop = "UPDATE process SET waiting = NULL, gate = ? WHERE id = ?";
const held = "SELECT * FROM process WHERE id = ? AND node = ? AND fence = ?";
const heldBy = "SELECT * FROM process WHERE node = ? ORDER BY id";
const letGo = `UPDATE process SET node = NULL, waiting = ?, head = ?, chain = ?, last_at = ? WHERE id = ?`;
const unpark = "UPDATE process SET parked = NULL, waiting = ?, skip = ? WHERE id = ?";
const insertFork = `INSERT INTO process (id, name, head, folded, chain, last_at, version, created_at, forked_from, forked_at, first_seq)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const insertSnapshot = "INSERT INTO snapshot (process, slot, version, state) VALUES (?, ?, ?, ?)";
const listed = "SELECT * FROM message WHERE seq IN (SELECT value FROM json_each(?)) ORDER BY slot";
/** Inputs handed over at once, in characters, beside the first. */
const enoughText = 4_194_304;

type Input<Verb extends keyof ProcessStorage> = Parameters<ProcessStorage[Verb]>[0];

export class SqliteProcesses {
  readonly #context: WriteContext;
  readonly #control: SqliteControl;
  readonly #lines: ProcessLines;
  readonly #pending: PendingMessages;
  readonly #send: ProcessSend;
  readonly #commits: ProcessCommits;

  constructor(context: WriteContext, parts: ProcessParts) {
    this.#context = context;
    this.#control = parts.control;
    this.#pending = new PendingMessages(context);
    this.#lines = new ProcessLines(context, this.#pending);
    this.#send = new ProcessSend(context, this.#lines, this.#pending);
    const letGo = (request: Input<"release">): void => this.release(request);
    const own = { letGo, send: this.#send, lines: this.#lines, pending: this.#pending };
    this.#commits = new ProcessCommits(context, { ...parts, ...own });
  }

  send({ messages, ...request }: SendRequest): readonly SendAnswer[] {
    return this.#send.send(messages, request);
  }

  claim(request: ClaimProcessesRequest): ClaimedProcess[] {
    const controls = this.#control.controls(request.now);
    const taken: ClaimedProcess[] = [];
    for (let stopped = true; stopped && taken.length < request.limit;) {
      stopped = false;
      for (const row of this.#longestWaiting(request, request.limit - taken.length)) {
        const end = upTo(row, controls);
        if (integer(row["folded"]) < end) taken.push(this.#take(row, end, request));
        else if (this.#stop(row, controls)) stopped = true;
      }
    }
    return taken;
  }

  /** Whoever waits before a gate leaves the line: claims look at it once. */
  #stop(row: Row, { gates }: Controls): boolean {
    const id = text(row["id"]);
    const gate = gateOfProcess(gates, id);
    return gate !== undefined && this.#context.connection.run(stop, gate, id) > 0;
  }

  #longestWaiting({ names }: ClaimProcessesRequest, limit: number): Row[] {
    const found = names.flatMap((name) => this.#context.connection.all(longestWaiting, name, limit));
    if (names.length > 1) found.sort((one, other) => integer(one["waiting"]) - integer(other["waiting"]));
    return found.slice(0, limit);
  }

  #take(row: Row, end: number, { node, messages }: ClaimProcessesRequest): ClaimedProcess {
    const { connection } = this.#context;
    const id = text(row["id"]);
    connection.run(take, node, id);
    const line = this.#lines.of(id);
    line.rests = false;
    const { folded } = line;
    return {
      process: id,
      fence: integer(row["fence"]) + 1,
      head: Math.min(line.head, end),
      ...(Number.isFinite(end) ? { until: end } : {}),
      ...optional("version", row["version"], text),
      ...optional("skip", row["skip"], integer),
      ...(readState(connection, { process: id }) ?? { folded, folds: [] }),
      messages: this.messages({ process: id, from: folded, limit: Math.min(messages, end - folded) }),
    };
  }

  waiting({ node, now }: Input<"waiting">): WaitingProcess[] {
    const controls = this.#control.controls(now);
    return this.#context.connection
      .all(heldBy, node)
      .map((row) => ({
        process: text(row["id"]),
        fence: integer(row["fence"]),
        head: Math.min(this.#lines.of(text(row["id"])).head, upTo(row, controls)),
      }))
      .filter(({ process, head }) => head > this.#lines.of(process).folded);
  }

  messages({ process, from, limit }: Input<"messages">): readonly MessageRecord[] {
    const found: MessageRecord[] = [];
    const skip = Math.max(0, from - this.#lines.of(process).folded);
    const seqs = this.#pending.peek(process, skip, limit);
    let size = 0;
    for (const row of this.#context.connection.prepare(listed).iterate(JSON.stringify(seqs))) {
      const message = decodeMessage(row);
      size += message.input.length;
      if (found.length > 0 && size > enoughText) break;
      found.push(message);
    }
    return found;
  }

  commit(request: Input<"commit">): (number | null)[] {
    return this.#commits.commit(request);
  }

  release({ node, now, processes }: Input<"release">): void {
    for (const { process, fence } of processes) {
      const row = this.#context.connection.get(held, process, node, fence);
      if (row !== undefined) this.#letGo(row, now);
    }
  }

  /** What stands under the name of a node that is gone waits again; the number of processes. */
  takeOver(node: string, now: Instant): number {
    const rows = this.#context.connection.all(heldBy, node);
    for (const row of rows) this.#letGo(row, now);
    return rows.length;
  }

  /** With messages to handle it goes to the end of the line. */
  #letGo(row: Row, now: Instant): void {
    const process = text(row["id"]);
    const line = this.#lines.of(process);
    const { head, folded, chain, lastAt } = line;
    line.rests = head === folded;
    this.#context.connection.run(letGo, line.rests ? null : now, head, chain, lastAt, process);
    if (!line.rests) this.#context.processSent(process, head);
  }

  resume({ process, skip, actor, now }: Input<"resume">): boolean {
    const { connection, journal } = this.#context;
    const row = findProcess(connection, process);
    if (row === undefined) throw noProcess(process);
    if (row["parked"] === null) return false;
    const line = this.#lines.of(process);
    const { head, folded } = line;
    line.rests = head === folded;
    connection.run(unpark, line.rests ? null : now, skip ? folded : null, process);
    const data = JSON.stringify({ skip });
    journal.addProcesses("process.resumed", actor, [[process, now, null, null, null, data]]);
    if (!line.rests) this.#context.processSent(process, head);
    return true;
  }

  get({ ids }: Input<"get">): readonly ProcessRecord[] {
    const { connection } = this.#context;
    return ids.flatMap((id) => {
      const row = findProcess(connection, id);
      return row === undefined ? [] : [this.#record(row)];
    });
  }

  list(filter: Input<"list">): Page<ProcessRecord> {
    const items = listProcesses(this.#context.connection, filter).map((row) => this.#record(row));
    const last = items[filter.limit - 1];
    if (items.length <= filter.limit || last === undefined) return { items };
    return { items: items.slice(0, filter.limit), next: last.id };
  }

  #record(row: Row): ProcessRecord {
    return { ...decodeProcess(row), ...this.#lines.endOf(row) };
  }

  fork(request: ForkRequest): ProcessRecord {
    const { process, at, as, snapshot, actor, now } = request;
    const { connection, journal } = this.#context;
    const origin = findProcess(connection, process);
    if (origin === undefined) throw noProcess(process);
    if (findProcess(connection, as) !== undefined) throw takenProcess(as);
    const folded = integer(origin["folded"]);
    const [piece] = at < 0 || at >= folded ? [] : readHistory(connection, { process, from: at, limit: 1 });
    const last = piece?.messages[at - piece.slot];
    if (last === undefined) throw unhandledSlot(process, at, folded);
    const next = at + 1;
    const { version, state } = snapshot;
    const line = [as, nameOf(as), next, next, last.chain, last.at, version, now, process, at] as const;
    connection.run(insertFork, ...line, journal.head + 1);
    connection.run(insertSnapshot, as, at, version, state);
    this.#lines.forget(as);
    const data = JSON.stringify({ from: process, at });
    journal.addProcesses("process.forked", actor, [[as, now, `process:${process}`, null, null, data]]);
    const [fork] = this.get({ ids: [as] });
    if (fork === undefined) throw noProcess(as);
    return fork;
  }
}
