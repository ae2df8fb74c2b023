// The gate: holds live work back and lets it go one start at a time, for whoever wants to watch it. Only asks the
// storage, where claims meet gates in one transaction; nothing here can let anything start.
import type { Clock } from "../base/clock.ts";
import { EscapementError } from "../base/errors.ts";
import { quote } from "../base/quote.ts";
import { toShutGate, type ShutGate } from "../control/control.ts";
import { isProcessName, parseProcessId } from "../process/process-id.ts";
import { toEvent, type Event } from "../journal/event.ts";
import { readGateScope, type GateMode, type Refusal } from "../run/gate.ts";
import { splitScope } from "../storage/gate-row.ts";
import type { HeldMessage, HeldRun, HeldWork, PendingWork } from "../storage/gate.ts";
import type { Storage } from "../storage/storage.ts";

export type Release =
  | { readonly status: "released"; readonly event: Event }
  /** `read_only`: whoever asked may look, but not touch; a door says so. */
  | { readonly status: "blocked"; readonly reason: Refusal | "read_only" };

type Dated<Work, Time extends keyof Work> = Omit<Work, Time> & { readonly [Name in Time]: Date };

/** What the next release would let go. */
export type Held = Dated<HeldRun, "scheduledFor" | "dueAt"> | Dated<HeldMessage, "at">;

export interface Pending extends Omit<PendingWork, "next"> {
  readonly next?: Held;
}

export interface NextOptions {
  /**
   * The number of the newest event that you have seen, or the `head` of `pending`: refused with `conflict` when a gate
   * over the scope was moved after it, so that two operators do not release two things where each meant the same.
   */
  readonly expectedHead?: number;
  /** Releases once: asked again with the same key, it gives the same answer. Remembered for a day. */
  readonly key?: string;
  readonly actor?: string;
}

const longestKey = 200;

export class Gate {
  readonly #storage: Pick<Storage, "gate">;
  readonly #clock: Clock;

  constructor(storage: Pick<Storage, "gate">, clock: Clock) {
    this.#storage = storage;
    this.#clock = clock;
  }

  /**
   * `stepper` holds everything in the scope from its commit on, `realtime` lets go of it. The scope is `all`,
   * `action:NAME`, `task:ID`, `process:NAME` or `process:NAME/ID`. Resolves to whether there was anything to do.
   */
  async set(
    scope: string,
    mode: GateMode,
    options: { readonly reason?: string; readonly actor?: string } = {},
  ): Promise<boolean> {
    const { actor = "system", reason } = options;
    if (!isMode(mode)) refuse(`Cannot set a gate to ${quote(mode)}: write "stepper" or "realtime".`);
    return this.#storage.gate.set({
      scope: readScope(scope),
      mode,
      actor,
      ...(reason === undefined ? {} : { reason }),
      now: this.#clock.now(),
    });
  }

  /** Lets exactly one start go: that of the oldest due work in the scope. */
  async next(scope: string = "all", options: NextOptions = {}): Promise<Release> {
    const { actor = "system", expectedHead, key } = options;
    if (expectedHead !== undefined && !(Number.isSafeInteger(expectedHead) && expectedHead >= 0))
      refuse(`Cannot expect the head ${quote(expectedHead)}: give the number of an event.`);
    if (key !== undefined && (typeof key !== "string" || key === "" || key.length > longestKey))
      refuse(`Cannot use the key ${quote(key)}: a key is a text of 1 to ${longestKey} characters.`);
    const answer = await this.#storage.gate.next({
      scope: readScope(scope),
      actor,
      ...(expectedHead === undefined ? {} : { expectedHead }),
      ...(key === undefined ? {} : { key }),
      now: this.#clock.now(),
    });
    return answer.status === "released" ? { status: "released", event: toEvent(answer.event) } : answer;
  }

  /** What `next` would let go at this moment, or why it would not. */
  async pending(scope: string = "all"): Promise<Pending> {
    const now = this.#clock.now();
    const { next, ...rest } = await this.#storage.gate.pending({ scope: readScope(scope), now });
    if (next === undefined) return rest;
    return { ...rest, next: toHeld(next) };
  }

  /** The gates that are shut. */
  async list(): Promise<readonly ShutGate[]> {
    return (await this.#storage.gate.list()).map(toShutGate);
  }
}

function toHeld(work: HeldWork): Held {
  if (work.kind === "message") return { ...work, at: new Date(work.at) };
  return { ...work, scheduledFor: new Date(work.scheduledFor), dueAt: new Date(work.dueAt) };
}

/** A process has one spelling. */
function readScope(given: unknown): string {
  const scope = readGateScope(given);
  const [kind, name] = splitScope(scope);
  if (kind !== "process" || isProcessName(name)) return scope;
  const { name: of, id } = parseProcessId(name);
  return `process:${of}/${id}`;
}

function isMode(mode: unknown): mode is GateMode {
  return mode === "stepper" || mode === "realtime";
}

function refuse(message: string): never {
  throw new EscapementError("gate.invalid", message);
}
