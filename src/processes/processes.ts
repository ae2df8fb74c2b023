// Processes as callers know them, each by `NAME/ID`: send, look at any state, wait, verify, fork, replay, resume.
import { readActor } from "../base/actor.ts";
import type { Clock } from "../base/clock.ts";
import { EscapementError } from "../base/errors.ts";
import type { Json } from "../base/json.ts";
import { checkOptions } from "../base/options.ts";
import { show } from "../base/quote.ts";
import type { ProcessOptions } from "../process/definition.ts";
import { formatProcessId, parseProcessId } from "../process/process-id.ts";
import { readDefinition } from "../process/read-definition.ts";
import { noProcess, unhandledSlot } from "../storage/process-faults.ts";
import type { ProcessRecord, ProcessStorage } from "../storage/processes.ts";
import type { Page } from "../storage/runs.ts";
import { chainBefore, readLog } from "./log-reader.ts";
import type { Outbox, SendOptions } from "./outbox.ts";
import type { ProcessRegistry } from "./process-registry.ts";
import { rebuildState } from "./rebuild.ts";
import { replayProcess, type ReplayReport } from "./replay-process.ts";
import { verifyProcess, type VerifyReport } from "./verify-process.ts";
import {
  assignmentOf,
  historyItem,
  processInfo,
  type Assignment,
  type HistoryItem,
  type ProcessInfo,
  type StateView,
} from "./views.ts";
import type { Waiters, WaitOptions } from "./waiters.ts";

export interface ProcessesParts {
  readonly storage: ProcessStorage;
  readonly registry: ProcessRegistry;
  readonly clock: Clock;
  readonly outbox: Outbox;
  readonly waiters: Waiters;
}

export interface HistoryOptions {
  readonly from?: number;
  /** Included. Default: the last slot that was handled. */
  readonly to?: number;
}

export interface ProcessListOptions {
  /** Of the definition. */
  readonly name?: string;
  /** The `next` of the page before. */
  readonly after?: string;
  /** 1 to 1,000; default 100. */
  readonly limit?: number;
}

export interface ForkOptions {
  /** The last slot that the fork shares. */
  readonly at: number;
  /** The id of the fork, under the same name. */
  readonly as: string;
  readonly actor?: string;
}

const code = "process.invalid";
const largestPage = 1_000;

export class Processes {
  readonly #parts: ProcessesParts;

  constructor(parts: ProcessesParts) {
    this.#parts = parts;
  }

  /**
   * Resolves when the message is durable, to the slot that it has. Throws `process.not-found` for a name that is not
   * defined here, `process.wrong-message`, `process.busy`, `json.invalid`, `json.too-large`.
   */
  async send(process: string, message: string, input?: unknown, options?: SendOptions): Promise<Assignment> {
    const definition = this.#parts.registry.find(process);
    const id = canonical(process);
    return assignmentOf(id, await this.#parts.outbox.send(definition, id, message, input, options));
  }

  /** The state behind a slot; without `at`, as it is now. Throws `process.not-found`, `process.invalid`. */
  async state(process: string, options: { readonly at?: number } = {}): Promise<StateView> {
    const id = canonical(process);
    known(options, ["at"], "Cannot show a state.");
    const { at: asked } = options;
    const wanted = asked === undefined ? {} : { at: slotOf(asked, "at") };
    const source = await this.#parts.storage.state({ process: id, ...wanted });
    if (source === undefined) throw noProcess(id);
    const { folded } = source;
    const at = asked ?? folded - 1;
    if (at < 0) return this.#initialState(id);
    if (at >= folded) throw unhandledSlot(id, at, folded);
    const { state, slot, version = "" } = rebuildState(source, at);
    return { state: structuredClone(state), slot, version };
  }

  #initialState(process: string): StateView {
    const { initial, version } = this.#parts.registry.find(process);
    const state: Json = JSON.parse(JSON.stringify(initial()));
    return { state, slot: -1, version };
  }

  /** Slots that were handled, in order. Throws `process.not-found`. */
  async *history(process: string, options: HistoryOptions = {}): AsyncGenerator<HistoryItem> {
    const { storage } = this.#parts;
    known(options, ["from", "to"], "Cannot show a history.");
    const { id } = await this.#found(process);
    const from = slotOf(options.from ?? 0, "from");
    const to = options.to === undefined ? Number.POSITIVE_INFINITY : slotOf(options.to, "to");
    let previous = await chainBefore(storage, id, from);
    for await (const { message, entry, version } of readLog(storage, id, from)) {
      if (message.slot > to) return;
      yield historyItem(message.process, message, { entry, previous, version });
      previous = message.chain;
    }
  }

  /** Until that slot has been handled. Throws `process.not-found`, `process.timeout`. */
  async wait(process: string, slot: number, options: WaitOptions = {}): Promise<void> {
    known(options, ["timeout", "signal"], "Cannot wait.");
    return this.#parts.waiters.wait(canonical(process), slotOf(slot, "slot"), options);
  }

  async get(process: string): Promise<ProcessInfo | undefined> {
    const record = await this.#find(process);
    return record === undefined ? undefined : processInfo(record);
  }

  /** By id. */
  async list(options: ProcessListOptions = {}): Promise<Page<ProcessInfo>> {
    known(options, ["name", "after", "limit"], "Cannot list processes.");
    const { limit = 100, name, after } = options;
    if (!Number.isInteger(limit) || limit < 1 || limit > largestPage)
      throw new EscapementError(
        "process.invalid",
        `Cannot list ${show(limit)} processes: a page has 1 to ${largestPage}.`,
      );
    const page = await this.#parts.storage.list({
      limit,
      ...(name === undefined ? {} : { name }),
      ...(after === undefined ? {} : { after }),
    });
    return { ...page, items: page.items.map(processInfo) };
  }

  /** Holds every message against the chain; names the first slot that is not what was sent. */
  async verify(process: string): Promise<VerifyReport> {
    return verifyProcess(this.#parts.storage, await this.#found(process));
  }

  /** A process that begins as the other one was behind a slot. Throws `process.not-found`, `process.conflict`, `process.invalid`. */
  async fork(process: string, options: ForkOptions): Promise<ProcessInfo> {
    const { storage, clock } = this.#parts;
    known(options, ["at", "as", "actor"], "Cannot fork.");
    const { as } = options;
    const actor = readActor(options.actor, code);
    const at = slotOf(options.at, "at");
    const { id } = await this.#found(process);
    const { state, version } = await this.state(id, { at });
    const fork = await storage.fork({
      process: id,
      at,
      as: formatProcessId(parseProcessId(id).name, as),
      snapshot: { slot: at, version, state: JSON.stringify(state) },
      actor,
      now: clock.now(),
    });
    return processInfo(fork);
  }

  /** Folds the recorded messages again, by this code or by another definition, and tells the first difference. */
  async replay<State, Inputs>(
    process: string,
    options: { readonly from?: number; readonly with?: ProcessOptions<State, Inputs> } = {},
  ): Promise<ReplayReport> {
    known(options, ["from", "with"], "Cannot replay.");
    const { id } = await this.#found(process);
    const { name } = parseProcessId(id);
    const definition =
      options.with === undefined ? this.#parts.registry.find(id) : readDefinition(name, options.with);
    const from = slotOf(options.from ?? 0, "from");
    return replayProcess(this.#parts.storage, id, { from, definition });
  }

  /** Lets a parked process go on; `skip` records the error of the slot where it stands and goes past it. */
  async resume(
    process: string,
    options: { readonly skip?: boolean; readonly actor?: string } = {},
  ): Promise<ProcessInfo> {
    const { storage, clock } = this.#parts;
    known(options, ["skip", "actor"], "Cannot resume.");
    const { skip = false } = options;
    const actor = readActor(options.actor, code);
    await storage.resume({ process: canonical(process), skip, actor, now: clock.now() });
    return processInfo(await this.#found(process));
  }

  async #find(process: string): Promise<ProcessRecord | undefined> {
    const [record] = await this.#parts.storage.get({ ids: [canonical(process)] });
    return record;
  }

  async #found(process: string): Promise<ProcessRecord> {
    const record = await this.#find(process);
    if (record === undefined) throw noProcess(process);
    return record;
  }
}

function canonical(process: string): string {
  const { name, id } = parseProcessId(process);
  return `${name}/${id}`;
}

/** Throws `process.invalid` for an option that nobody reads. */
function known(options: object, names: readonly string[], what: string): void {
  checkOptions(options, names, { code, what });
}

function slotOf(value: number, field: string): number {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new EscapementError(code, `Cannot read ${field} ${show(value)}: a slot is a whole number from 0.`);
}
