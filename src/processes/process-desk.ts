// The processes of one node, assembled: definitions, the way messages come in, the worker that handles them.
import type { Clock } from "../base/clock.ts";
import type { IdSource } from "../base/id.ts";
import type { ProcessOptions } from "../process/definition.ts";
import { readDefinition } from "../process/read-definition.ts";
import type { Runs } from "../runs/runs.ts";
import type { ProcessStorage } from "../storage/processes.ts";
import type { Storage } from "../storage/storage.ts";
import { EffectDesk } from "./effect-desk.ts";
import { FoldWorker } from "./fold-worker.ts";
import { Outbox } from "./outbox.ts";
import { ProcessHandle } from "./process-handle.ts";
import { ProcessRegistry } from "./process-registry.ts";
import { Processes } from "./processes.ts";
import { Waiters } from "./waiters.ts";

export interface ProcessDeskParts {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly newId: IdSource;
  readonly node: string;
  /** The greatest size of one input, in bytes. */
  readonly payloadLimit: number;
  readonly runs: Pick<Runs, "prepare">;
  /** Whether this node handles messages, or only sends them. */
  readonly work: "work" | "no work";
  readonly onError: (error: unknown) => void;
}

export class ProcessDesk {
  readonly processes: Processes;
  readonly worker: FoldWorker | undefined;
  readonly #parts: ProcessDeskParts;
  readonly #registry = new ProcessRegistry();
  readonly #outbox: Outbox;
  readonly #waiters: Waiters;

  constructor(parts: ProcessDeskParts) {
    this.#parts = parts;
    const { storage, clock } = parts;
    this.#waiters = new Waiters(storage, clock);
    this.#outbox = this.#outboxOver(storage.processes);
    this.processes = this.#processesOver(storage.processes, this.#outbox);
    this.worker = parts.work === "work" ? this.#createWorker() : undefined;
  }

  #createWorker(): FoldWorker {
    const { storage, clock, newId, node, runs, payloadLimit, onError } = this.#parts;
    const registry = this.#registry;
    const desk = new EffectDesk({ clock, newId, payloadLimit, runs, outbox: this.#outbox, registry });
    return new FoldWorker({
      storage,
      registry,
      clock,
      node,
      desk,
      onHandled: this.#waiters.handled,
      onError,
      sending: () => this.#outbox.sending,
    });
  }

  #outboxOver(storage: ProcessStorage): Outbox {
    const { clock, newId, payloadLimit } = this.#parts;
    const isOwn = storage === this.#parts.storage.processes;
    const onAnswered = (count: number): void => this.worker?.answered(count);
    const onSent: ConstructorParameters<typeof Outbox>[0]["onSent"] = (...sent) =>
      this.worker?.offer(...sent);
    return new Outbox({ storage, clock, newId, payloadLimit, ...(isOwn ? { onSent, onAnswered } : {}) });
  }

  #processesOver(storage: ProcessStorage, outbox: Outbox): Processes {
    const { clock } = this.#parts;
    return new Processes({ storage, registry: this.#registry, clock, outbox, waiters: this.#waiters });
  }

  /** The same inside a transaction. */
  inside(storage: ProcessStorage): Processes {
    return this.#processesOver(storage, this.#outboxOver(storage));
  }

  /** Throws `process.invalid`, and `process.conflict` for a name that is taken. */
  define<State, Inputs>(name: string, options: ProcessOptions<State, Inputs>): ProcessHandle<State, Inputs> {
    const definition = readDefinition(name, options);
    this.#registry.add(definition);
    this.worker?.wake();
    return new ProcessHandle(definition, this.processes, this.#outbox);
  }
}
