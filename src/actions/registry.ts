// The actions that this node knows, by name. A task or a run that names another is refused when it is made, not when it runs.
import { EscapementError, invalidInput } from "../base/errors.ts";
import { quote } from "../base/quote.ts";
import type { Action, ActionDescription, AnyAction } from "./action.ts";
import { checkAction } from "./check-action.ts";

export class ActionRegistry {
  readonly #actions = new Map<string, AnyAction>();

  /** Throws `action.invalid`, and `action.conflict` for a name that is taken. */
  define<Input, Output>(name: string, options: ActionDescription<Input, Output>): Action<Input, Output> {
    const issues = checkAction(name, options);
    if (issues.length > 0)
      throw invalidInput("action.invalid", `Cannot define action ${quote(name)}.`, issues);
    if (this.#actions.has(name)) {
      throw new EscapementError(
        "action.conflict",
        `The action "${name}" is defined already: give this one another name.`,
        { details: { name } },
      );
    }
    const action: Action<Input, Output> =
      "module" in options ? { ...options, name, run: () => refuse(name) } : { ...options, name };
    this.#actions.set(name, action);
    return action;
  }

  get(name: string): AnyAction | undefined {
    return this.#actions.get(name);
  }

  /** Throws `action.not-found`, which lists the names that exist. */
  find(name: string): AnyAction {
    const action = this.#actions.get(name);
    if (action !== undefined) return action;
    throw new EscapementError(
      "action.not-found",
      `There is no action ${quote(name)}: ${this.suggest(name)}`,
      { details: { name } },
    );
  }

  names(): string[] {
    return [...this.#actions.keys()];
  }

  all(): AnyAction[] {
    return [...this.#actions.values()];
  }

  suggest(name: string): string {
    const noun = name.split(":")[0] ?? "";
    const near = this.names().filter((known) => known.startsWith(`${noun}:`));
    return `define it with runtime.action(), or use one of ${(near.length > 0 ? near : this.names()).join(", ")}.`;
  }
}

function refuse(name: string): never {
  throw new EscapementError(
    "invariant.broken",
    `Action "${name}" runs in a thread of its own, and was called here.`,
  );
}
