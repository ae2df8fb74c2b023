// The input of a message, held against the schema of its handler: when it is sent and again when it is folded.
import { EscapementError, invalidInput } from "../base/errors.ts";
import { quote } from "../base/quote.ts";
import { validate, type Checked } from "../base/validate.ts";
import type { AnyMessage, ProcessDefinition } from "./definition.ts";

/** Throws `process.wrong-message` for a message that has no handler. */
export function findMessage(definition: ProcessDefinition, name: string): AnyMessage {
  const message = definition.messages.get(name);
  if (message !== undefined) return message;
  const { version, messages } = definition;
  throw new EscapementError(
    "process.wrong-message",
    `Version ${version} of "${definition.name}" has no handler for the message ${quote(name)}; it has ${[...messages.keys()].join(", ")}.`,
    { details: { process: definition.name, message: name } },
  );
}

/** The refusal that is told is the one of what was given. */
function orElse<Value>(
  refused: Checked<Value>,
  other: Checked<Value> | Promise<Checked<Value>>,
): typeof other {
  return other instanceof Promise || "value" in other ? other : refused;
}

/** What the schema makes of an input. Throws `process.wrong-message`. */
export function readInput(definition: ProcessDefinition, name: string, input: unknown): unknown {
  const { input: schema } = findMessage(definition, name);
  if (schema === undefined) return input;
  let checked = validate(schema, input);
  // What was left out is kept as null, for JSON has no other word for it.
  if (input === null && "issues" in checked) checked = orElse(checked, validate(schema, undefined));
  if (checked instanceof Promise) {
    checked.catch(() => undefined);
    throw new EscapementError(
      "process.wrong-message",
      `The schema of the message "${name}" of "${definition.name}" is async: a fold waits for nothing. Use one that answers at once.`,
    );
  }
  if ("value" in checked) return checked.value;
  throw invalidInput(
    "process.wrong-message",
    `"${definition.name}" refuses the input of its message "${name}".`,
    checked.issues,
  );
}
