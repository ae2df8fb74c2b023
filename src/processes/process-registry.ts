// The processes that this node can handle, by name. A message for another is refused when it is sent.
import { EscapementError } from "../base/errors.ts";
import { quote } from "../base/quote.ts";
import type { ProcessDefinition } from "../process/definition.ts";
import { parseProcessId } from "../process/process-id.ts";

export class ProcessRegistry {
  readonly #definitions = new Map<string, ProcessDefinition>();

  /** Throws `process.conflict` for a name that is taken. */
  add(definition: ProcessDefinition): void {
    const { name } = definition;
    if (this.#definitions.has(name)) {
      throw new EscapementError(
        "process.conflict",
        `The process "${name}" is defined already: give this one another name.`,
        { details: { name } },
      );
    }
    this.#definitions.set(name, definition);
  }

  get(name: string): ProcessDefinition | undefined {
    return this.#definitions.get(name);
  }

  /** Of a process `NAME/ID`. Throws `process.invalid`, and `process.not-found`, which lists the names that exist. */
  find(process: string): ProcessDefinition {
    const { name } = parseProcessId(process);
    const definition = this.#definitions.get(name);
    if (definition !== undefined) return definition;
    const names = this.names();
    const known = names.length === 0 ? "" : `, or use one of ${names.join(", ")}`;
    throw new EscapementError(
      "process.not-found",
      `There is no process named ${quote(name)}: define it with runtime.process()${known}.`,
      { details: { name } },
    );
  }

  names(): string[] {
    return [...this.#definitions.keys()];
  }
}
