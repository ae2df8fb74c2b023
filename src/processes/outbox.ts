// Messages on their way into storage. Callers of one turn share one call of it.
import { readActor } from "../base/actor.ts";
import type { Clock } from "../base/clock.ts";
import { EscapementError } from "../base/errors.ts";
import type { IdSource } from "../base/id.ts";
import { decodeJson, encodeJson } from "../base/json.ts";
import { checkOptions } from "../base/options.ts";
import { show } from "../base/quote.ts";
import type { ProcessDefinition } from "../process/definition.ts";
import { messageIdOf } from "../process/message-id.ts";
import { readInput } from "../process/read-input.ts";
import type { NewMessage, ProcessStorage, SendAnswer, SlotAnswer } from "../storage/processes.ts";

export interface OutboxParts {
  readonly storage: Pick<ProcessStorage, "send">;
  readonly clock: Clock;
  readonly newId: IdSource;
  readonly payloadLimit: number;
  /** Hears what was kept, before the senders do. */
  readonly onAnswered?: (count: number) => void;
  readonly onSent?: (message: NewMessage, answer: SlotAnswer, actor: string) => void;
}

export interface SendOptions {
  /** A process keeps one message with a key: sent again, it resolves to the slot that it has. */
  readonly key?: string;
  readonly actor?: string;
  /** What caused it, like `run:ID`. */
  readonly parent?: string;
}

interface Pending {
  readonly message: NewMessage;
  readonly resolve: (answer: SlotAnswer) => void;
  readonly reject: (error: unknown) => void;
}

/** Messages that can share a call. */
interface Group {
  readonly actor: string;
  readonly inbox: number;
  readonly pending: Pending[];
}

/** So many messages share one call of the storage at most. */
const largestCall = 500;
const longestKey = 500;

export class Outbox {
  readonly #parts: OutboxParts;
  readonly #groups = new Map<string, Group>();
  #sending = 0;

  constructor(parts: OutboxParts) {
    this.#parts = parts;
  }

  /** Resolves when the message is durable. `process` in its one spelling. */
  send(
    definition: ProcessDefinition,
    process: string,
    name: string,
    input: unknown,
    options: SendOptions = nothingSaid,
  ): Promise<SlotAnswer> {
    const { actor, key, parent } = readSendOptions(options);
    const plain = this.prepare(definition, process, name, input);
    const extra = { ...(key === undefined ? {} : { key }), ...(parent === undefined ? {} : { parent }) };
    const message = key === undefined && parent === undefined ? plain : { ...plain, ...extra };
    return new Promise((resolve, reject) =>
      this.#join(actor, definition.inbox, { message, resolve, reject }),
    );
  }

  /** Messages that are on their way into storage. */
  get sending(): number {
    return this.#sending;
  }

  /** Checks and encodes. Throws `process.wrong-message`, `json.invalid`, `json.too-large`. */
  prepare(definition: ProcessDefinition, process: string, name: string, input: unknown): NewMessage {
    const text = encodeJson(input ?? null, this.#parts.payloadLimit);
    // What is kept is what was given: the schema reads it again when it is handled, so it has to read that now.
    const hasSchema = definition.messages.get(name)?.input !== undefined;
    readInput(definition, name, hasSchema ? decodeJson(text) : null);
    return { process, id: messageIdOf(this.#parts.newId(), name, text), name, input: text };
  }

  #join(actor: string, inbox: number, pending: Pending): void {
    if (this.#groups.size === 0) queueMicrotask(() => this.#flush());
    const name = `${inbox} ${actor}`;
    const group = this.#groups.get(name);
    if (group === undefined) this.#groups.set(name, { actor, inbox, pending: [pending] });
    else group.pending.push(pending);
  }

  #flush(): void {
    const groups = [...this.#groups.values()];
    this.#groups.clear();
    for (const { pending, ...how } of groups)
      for (let from = 0; from < pending.length; from += largestCall)
        void this.#call(pending.slice(from, from + largestCall), how);
  }

  async #call(pending: readonly Pending[], how: Pick<Group, "actor" | "inbox">): Promise<void> {
    const { storage, clock, onSent, onAnswered } = this.#parts;
    const messages = pending.map((one) => one.message);
    this.#sending += messages.length;
    try {
      const answers = await storage.send({ ...how, messages, now: clock.now() });
      pending.forEach((one, index) => {
        const answer = answers[index];
        if (answer === undefined || "waiting" in answer) return one.reject(busyError(one.message, answer));
        onSent?.(one.message, answer, how.actor);
        one.resolve(answer);
      });
    } catch (error) {
      for (const one of pending) one.reject(error);
    }
    this.#sending -= messages.length;
    onAnswered?.(messages.length);
  }
}

const nothingSaid: SendOptions = {};

/** Throws `process.invalid`. */
function readSendOptions(options: SendOptions): SendOptions & { readonly actor: string } {
  if (options === nothingSaid) return { actor: "system" };
  checkOptions(options, ["key", "actor", "parent"], { code: "process.invalid", what: "Cannot send." });
  const { key, parent } = options;
  for (const [name, value] of Object.entries({ key, parent }))
    if (value !== undefined && !(typeof value === "string" && value !== "" && value.length <= longestKey))
      throw new EscapementError(
        "process.invalid",
        `Cannot send with the ${name} ${show(value)}: write a text of 1 to ${longestKey} characters.`,
      );
  return { ...options, actor: readActor(options.actor, "process.invalid") };
}

function busyError({ process }: NewMessage, answer: SendAnswer | undefined): EscapementError {
  if (answer === undefined || !("waiting" in answer))
    return new EscapementError("storage.broken", `The message for process ${process} was not answered.`);
  const { waiting, retryAfterMs } = answer;
  return new EscapementError(
    "process.busy",
    `Process ${process} has ${waiting} messages waiting: send again in ${retryAfterMs} ms, or give it a larger inbox.`,
    { details: { process, waiting, retryAfterMs } },
  );
}
