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

/** Of a message beside its input. */
const messageSize = 300;

export class LoadedProcess {
  readonly process: string;
  readonly fence: number;
  readonly definition: ProcessDefinition;
  #head = 0;
  /** The first slot that may not be handled while it is held. */
  readonly #until: number;
  /** Waits for its turn, or is at work: it must not be put in line twice. */
  isBusy = false;
  /** When it was last at work. */
  usedAt: number;
  #standing: Standing | Stopped;
  readonly #messages: MessageRecord[] = [];
  /** Messages that were sent from here, behind some that have to be read first. */
  readonly #ahead: MessageRecord[] = [];
  /** Of all of them, about, in characters. */
  #size = 0;
  /** The slot of the next message to handle. */
  #next: number;
  #movedFrom: string | undefined;
  #skip: number | undefined;

  constructor(claimed: ClaimedProcess, definition: ProcessDefinition, now: number) {
    this.process = claimed.process;
    this.fence = claimed.fence;
    this.definition = definition;
    this.#until = claimed.until ?? Number.POSITIVE_INFINITY;
    this.head = claimed.head;
    this.usedAt = now;
    this.#next = claimed.folded;
    this.#skip = claimed.skip;
    for (const message of claimed.messages) this.#push(this.#messages, message);
    this.#standing = standingOf(claimed, definition);
    if (claimed.version !== definition.version) this.#movedFrom = claimed.version;
  }

  /** The slot of the first message that is not there yet, as far as this node knows, or that may not be handled. */
  get head(): number {
    return this.#head;
  }

  set head(head: number) {
    this.#head = Math.min(head, this.#until);
  }

  /** Everything that may be handled was: whoever may go on takes hold of it anew. */
  get isSpent(): boolean {
    return this.#next >= this.#until;
  }

  get hasMessages(): boolean {
    return this.#messages.length > 0;
  }

  get hasWork(): boolean {
    return this.hasMessages || this.head > this.missing;
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
    for (const message of messages) if (this.#isNext(message)) this.#push(this.#messages, message);
    this.#joinAhead();
    this.head = Math.max(this.head, this.missing);
  }

  /** A message that this node has sent itself need not be read, as long as what waits here is less than `most`. */
  offer(message: NewMessage, { slot, at, chain }: SlotAnswer, how: { actor: string; most: number }): void {
    this.head = Math.max(this.head, slot + 1);
    if (this.#size >= how.most || slot >= this.#until) return;
    const record = { ...message, slot, at, chain, actor: how.actor };
    const last = this.#ahead.at(-1);
    if (slot === this.missing) this.add([record]);
    else if (last === undefined ? slot > this.missing : slot === last.slot + 1)
      this.#push(this.#ahead, record);
  }

  #isNext({ slot }: MessageRecord): boolean {
    return slot === this.missing && slot < this.#until;
  }

  /** Those that were read as well are here twice. */
  #joinAhead(): void {
    const [first] = this.#ahead;
    if (first === undefined || first.slot > this.missing) return;
    const ahead = this.#ahead.splice(0);
    for (const message of ahead) this.#size -= sizeOf(message);
    for (const message of ahead) if (message.slot === this.missing) this.#push(this.#messages, message);
  }

  #push(list: MessageRecord[], message: MessageRecord): void {
    list.push(message);
    this.#size += sizeOf(message);
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
    for (const message of this.#messages.splice(0, next - from)) this.#size -= sizeOf(message);
    this.#next = next;
    const moved = this.#movedFrom !== undefined && next > from ? { movedFrom: this.#movedFrom } : {};
    if (next > from) this.#movedFrom = undefined;
    return { process, fence, from, ...made, ...moved };
  }
}

function sizeOf({ input }: MessageRecord): number {
  return messageSize + input.length;
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
