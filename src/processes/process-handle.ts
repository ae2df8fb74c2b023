// What `runtime.process(name, definition)` returns: the processes of one definition, with their types.
import type { Json } from "../base/json.ts";
import type { Immutable, ProcessDefinition } from "../process/definition.ts";
import { formatProcessId } from "../process/process-id.ts";
import { assignmentOf, type Assignment, type HistoryItem, type StateView } from "./views.ts";
import type { HistoryOptions, Processes } from "./processes.ts";
import type { Outbox, SendOptions } from "./outbox.ts";
import type { WaitOptions } from "./waiters.ts";

/** An input that may be left out need not be written. */
export type SendArguments<Input> = undefined extends Input
  ? readonly [input?: Input, options?: SendOptions]
  : readonly [input: Input, options?: SendOptions];

export class ProcessHandle<State, Inputs> {
  readonly name: string;
  readonly definition: ProcessDefinition;
  readonly #processes: Processes;
  readonly #outbox: Outbox;

  constructor(definition: ProcessDefinition, processes: Processes, outbox: Outbox) {
    this.name = definition.name;
    this.definition = definition;
    this.#processes = processes;
    this.#outbox = outbox;
  }

  /** Resolves when the message is durable; see `processes.send`. */
  async send<Message extends keyof Inputs & string>(
    id: string,
    message: Message,
    ...given: SendArguments<Inputs[Message]>
  ): Promise<Assignment> {
    const [input, options]: readonly [unknown?, SendOptions?] = given;
    const process = formatProcessId(this.name, id);
    return assignmentOf(process, await this.#outbox.send(this.definition, process, message, input, options));
  }

  /** The state behind a slot; without `at`, as it is now. */
  async state(id: string, options: { readonly at?: number } = {}): Promise<StateView<Immutable<State>>> {
    const view = await this.#processes.state(formatProcessId(this.name, id), options);
    return { ...view, state: this.#typed(view.state) };
  }

  #typed(state: Json): Immutable<State> {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the schema read it before it was written
    return state as unknown as Immutable<State>;
  }

  /** Slots that were handled, in order. */
  history(id: string, options: HistoryOptions = {}): AsyncIterable<HistoryItem> {
    return this.#processes.history(formatProcessId(this.name, id), options);
  }

  /** Until that slot has been handled. */
  wait(id: string, slot: number, options: WaitOptions = {}): Promise<void> {
    return this.#processes.wait(formatProcessId(this.name, id), slot, options);
  }
}
