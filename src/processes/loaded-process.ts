// A process that this node holds: its state, loaded once, and the messages that are known to wait.
import { errorData } from "../base/error-data.ts";
import type { ErrorData } from "../base/errors.ts";
import type { ProcessDefinition } from "../process/definition.ts";
import type { Parked } from "../process/fold.ts";
import { firstStanding, nextStanding, type Standing, type Stopped } from "../process/standing.ts";
import type {
  ClaimedProcess,
  MessageRecord,
  NewMessage,
  ProcessCommit,
  SlotAnswer,
} from "../storage/processes.ts";
import type { EffectDesk } from "./effect-desk.ts";
import { foldTurn } from "./fold-turn.ts";
import { rebuildState } from "./rebuild.ts";

/** What waits beyond these is read when they have been handled. */
const mostMessages = 1_000;

export class LoadedProcess {
  readonly process: string;
  readonly fence: number;
  readonly definition: ProcessDefinition;
  /** As far as this node knows. */
  head: number;
  /** Waits for its turn, or is at work: it must not be put in line twice. */
  isBusy = false;
  /** When it was last at work. */
  usedAt: number;
  #standing: Standing | Stopped;
  #messages: MessageRecord[];
  /** The slot of the next message to handle. */
  #next: number;
  #movedFrom: string | undefined;
  #skip: number | undefined;

  constructor(claimed: ClaimedProcess, definition: ProcessDefinition, now: number) {
    this.process = claimed.process;
    this.fence = claimed.fence;
    this.definition = definition;
    this.head = claimed.head;
    this.usedAt = now;
    this.#next = claimed.folded;
    this.#skip = claimed.skip;
    this.#messages = [...claimed.messages];
    this.#standing = standingOf(claimed, definition);
    if (claimed.version !== definition.version) this.#movedFrom = claimed.version;
  }

  get hasMessages(): boolean {
    return this.#messages.length > 0;
  }

  /** The first slot whose message is not here. */
  get missing(): number {
    return this.#next + this.#messages.length;
  }

  /** The state was refused by this code: it can only be parked. */
  get stopped(): ErrorData | undefined {
    return "stopped" in this.#standing ? this.#standing.stopped : undefined;
  }

  /** Messages that follow what is here; others are not taken. */
  add(messages: readonly MessageRecord[]): void {
    for (const message of messages) {
      if (message.slot !== this.missing || this.#messages.length >= mostMessages) continue;
      this.#messages.push(message);
    }
    this.head = Math.max(this.head, this.missing);
  }

  /** A message that this node has sent itself need not be read. */
  offer(message: NewMessage, { slot, at, chain }: SlotAnswer, actor: string): void {
    if (slot === this.missing) this.add([{ ...message, slot, at, chain, actor }]);
  }

  /** Folds some messages. The state here is ahead of what is stored until the commit is taken. */
  turn(limit: number, isOver: () => boolean, desk: EffectDesk): ProcessCommit {
    const from = this.#next;
    const { process, fence } = this;
    const standing = this.#standing;
    if ("stopped" in standing) {
      const parked: Parked = { slot: from, error: standing.stopped };
      return { process, fence, from, folds: [], snapshots: [], failed: [], parked: JSON.stringify(parked) };
    }
    const result = foldTurn({
      definition: this.definition,
      standing,
      from,
      messages: this.#messages.slice(0, limit),
      isOver,
      desk,
      ...(this.#skip === undefined ? {} : { skip: this.#skip }),
    });
    const { standing: after, next, ...made } = result;
    this.#standing = after;
    this.#messages.splice(0, next - from);
    this.#next = next;
    const moved = this.#movedFrom !== undefined && next > from ? { movedFrom: this.#movedFrom } : {};
    if (next > from) this.#movedFrom = undefined;
    return { process, fence, from, ...made, ...moved };
  }
}

function standingOf(claimed: ClaimedProcess, definition: ProcessDefinition): Standing | Stopped {
  if (claimed.folded === 0) return firstStanding(definition);
  try {
    const { state, version } = rebuildState(claimed, claimed.folded - 1);
    return nextStanding(definition, state, claimed.version ?? version ?? definition.version);
  } catch (error) {
    return { stopped: errorData(error) };
  }
}
