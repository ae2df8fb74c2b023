// Where the contexts of a node's handlers ask: it turns what they want into calls of the storage, those of one turn into
// one call. Whoever is refused because the run is no longer held is told why, and the dispatcher hears of it.
import type { Clock } from "../base/clock.ts";
import type { EscapementError } from "../base/errors.ts";
import type { Json } from "../base/json.ts";
import type { Memory } from "../memory/memory.ts";
import type { ClaimedRun } from "../storage/runs.ts";
import type { NewStep, StepRecord } from "../storage/steps.ts";
import type { StorageNouns } from "../storage/storage.ts";
import type { Stores, StoresView } from "../stores/stores.ts";
import type { EnqueueOptions } from "./enqueue-options.ts";
import type { Child, NodeHost, StepResult } from "./host.ts";
import { Joined } from "./joined.ts";
import { cancelledError, staleError } from "./refusals.ts";

export interface DeskParts {
  readonly storage: Pick<StorageNouns, "runs" | "steps" | "journal">;
  readonly stores: Pick<Stores, "causedBy">;
  readonly clock: Clock;
  readonly node: string;
  readonly memory: Memory;
  readonly payloadLimit: number;
  /** See `Runs.enqueue`. */
  readonly enqueue: (
    action: string,
    input: Json,
    options: EnqueueOptions,
  ) => Promise<{ readonly id: string }>;
  readonly onError: (error: unknown) => void;
  /** A run was found to be no longer held by the attempt that it was claimed for. */
  readonly onLost: (run: ClaimedRun, why: EscapementError) => void;
}

export class Desk implements NodeHost {
  readonly clock: Clock;
  readonly payloadLimit: number;
  readonly #parts: DeskParts;
  readonly #heartbeats: Joined<ClaimedRun, boolean>;
  readonly #steps: Joined<NewStep, boolean>;

  constructor(parts: DeskParts) {
    this.#parts = parts;
    this.clock = parts.clock;
    this.payloadLimit = parts.payloadLimit;
    const { storage, node } = parts;
    this.#heartbeats = new Joined((runs) => storage.runs.held({ node, attempts: runs.map(holdOf) }));
    this.#steps = new Joined((steps) => storage.steps.save({ node, steps }));
  }

  log(run: ClaimedRun, message: string, data: Json | undefined): void {
    const { storage, node, onError } = this.#parts;
    const event = {
      at: this.clock.now(),
      kind: "run.logged",
      actor: `node:${node}`,
      subject: `run:${run.id}`,
      label: message,
      ...(data === undefined ? {} : { data }),
    };
    storage.journal.append({ events: [event] }).catch(onError);
  }

  async progress(run: ClaimedRun, fraction: number, note: string | undefined): Promise<void> {
    const { storage, node } = this.#parts;
    const head = { node, ...holdOf(run), fraction, now: this.clock.now() };
    if (!(await storage.runs.progress(note === undefined ? head : { ...head, note })))
      throw await this.#lost(run);
  }

  async heartbeat(run: ClaimedRun): Promise<void> {
    if (!(await this.#heartbeats.ask(run))) throw await this.#lost(run);
  }

  stores({ id }: ClaimedRun): StoresView {
    return this.#parts.stores.causedBy(`run:${id}`);
  }

  loadSteps({ id, pass }: ClaimedRun): Promise<readonly StepRecord[]> {
    return this.#parts.storage.steps.load({ runId: id, pass });
  }

  async saveStep(run: ClaimedRun, step: StepResult): Promise<void> {
    const { id: runId, fence, attempt, pass } = run;
    const kept = await this.#steps.ask({ ...step, runId, fence, attempt, pass, at: this.clock.now() });
    if (!kept) throw await this.#lost(run);
  }

  /** Asks first whether the run is held: what an attempt asks for that was taken over or cancelled is not done. */
  async enqueue(run: ClaimedRun, { action, input, options }: Child): Promise<string> {
    await this.heartbeat(run);
    const child = await this.#parts.enqueue(action, input, { ...options, parentId: run.id });
    return child.id;
  }

  memory(run: ClaimedRun): Memory {
    const actor = run.taskId === undefined ? `node:${this.#parts.node}` : `task:${run.taskId}`;
    return this.#parts.memory.actingAs({ actor, parent: `run:${run.id}` });
  }

  async #lost(run: ClaimedRun): Promise<EscapementError> {
    const record = await this.#parts.storage.runs.get({ id: run.id });
    const why = record?.state === "cancelled" ? cancelledError(run, record.reason) : staleError(run);
    this.#parts.onLost(run, why);
    return why;
  }
}

function holdOf({ id, fence }: ClaimedRun): Pick<ClaimedRun, "id" | "fence"> {
  return { id, fence };
}
