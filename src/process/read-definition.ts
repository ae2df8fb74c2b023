// A definition as a caller hands it in, held against the rules: every fault at once, each with its field.
// That the initial state is one is tried here, where somebody is looking, and not at the first message.
import { invalidInput, type Issue } from "../base/errors.ts";
import type { Json } from "../base/json.ts";
import { unknownFields } from "../base/options.ts";
import { quote } from "../base/quote.ts";
import type { StandardSchema } from "../base/standard-schema.ts";
import type { AnyMessage, ProcessDefinition, ProcessOptions } from "./definition.ts";
import { isProcessName, nameRule } from "./process-id.ts";
import { firstStanding, readState } from "./standing.ts";

const known = [
  "state",
  "initial",
  "version",
  "snapshotEvery",
  "onError",
  "inbox",
  "migrateState",
  "messages",
];
const messageName = /^[A-Za-z][\w:-]{0,99}$/;

/** Throws `process.invalid`. */
export function readDefinition<State, Inputs>(
  name: string,
  options: ProcessOptions<State, Inputs>,
): ProcessDefinition {
  const issues: Issue[] = [];
  const fault = (field: string, message: string): void => void issues.push({ field, message });
  if (!isProcessName(name)) fault("name", `is ${quote(name)}; write ${nameRule}`);
  if (!isRecord(options)) {
    fault("", "a definition is an object with state, initial and messages");
    throw invalidInput("process.invalid", `Cannot define process ${quote(name)}.`, issues);
  }
  checkOptions(options, fault);
  const messages = readMessages(options.messages, fault);
  const { version = "1", snapshotEvery = 100, onError = "continue", inbox = 10_000 } = options;
  const definition: ProcessDefinition = {
    name,
    state: options.state,
    version,
    snapshotEvery,
    onError,
    inbox,
    messages,
    initial: () => options.initial(),
    ...(options.migrateState === undefined
      ? {}
      : { migrateState: (state, from) => options.migrateState?.(state, from) }),
  };
  if (issues.length === 0) checkInitial(definition, fault);
  if (issues.length > 0)
    throw invalidInput("process.invalid", `Cannot define process ${quote(name)}.`, issues);
  return definition;
}

type Fault = (field: string, message: string) => void;

function checkOptions(options: Readonly<Record<string, unknown>>, fault: Fault): void {
  for (const { field, message } of unknownFields(options, known)) fault(field, message);
  const { version, snapshotEvery, onError, inbox } = options;
  if (!isSchema(options["state"])) fault("state", "must be a schema (Zod, Valibot, ArkType, …)");
  for (const field of ["initial", "migrateState"])
    if (typeof options[field] !== "function" && (field === "initial" || options[field] !== undefined))
      fault(field, "must be a function that returns a state");
  if (version !== undefined && !(typeof version === "string" && version !== "" && version.length <= 100))
    fault("version", `is ${quote(version)}; write a text of 1 to 100 characters`);
  for (const [field, value] of Object.entries({ snapshotEvery, inbox }))
    if (value !== undefined && !(typeof value === "number" && Number.isSafeInteger(value) && value >= 1))
      fault(field, `is ${quote(value)}; write a whole number from 1`);
  if (onError !== undefined && onError !== "continue" && onError !== "park")
    fault("onError", `is ${quote(onError)}; write "continue" or "park"`);
}

function readMessages(given: unknown, fault: Fault): ReadonlyMap<string, AnyMessage> {
  const messages = new Map<string, AnyMessage>();
  if (!isRecord(given) || Object.keys(given).length === 0) {
    fault("messages", "must be an object with a handler for each message, like { add: { handle } }");
    return messages;
  }
  for (const [name, message] of Object.entries(given)) {
    const field = `messages.${name}`;
    if (!messageName.test(name)) fault(field, "a message is named with letters, digits, -, _ and :");
    else if (!isMessage(message)) fault(field, "must be { input?, handle(state, input, ctx) }");
    else if (message.input !== undefined && !isSchema(message.input))
      fault(`${field}.input`, "must be a schema (Zod, Valibot, ArkType, …)");
    else messages.set(name, message);
  }
  return messages;
}

function checkInitial(definition: ProcessDefinition, fault: Fault): void {
  const first = firstStanding(definition);
  if ("stopped" in first) return fault("initial", first.stopped.message);
  if (!readsBack(definition, first.state))
    fault("initial", "the schema makes another state of it when it reads it again");
}

function readsBack(definition: ProcessDefinition, state: Json): boolean {
  try {
    return readState(definition, state, state).state === state;
  } catch {
    return false;
  }
}

function isMessage(value: unknown): value is AnyMessage {
  return isRecord(value) && typeof value["handle"] === "function";
}

function isSchema(value: unknown): value is StandardSchema {
  // A schema of ArkType is a function.
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return false;
  const standard: unknown = Reflect.get(value, "~standard");
  return isRecord(standard) && typeof standard["validate"] === "function";
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
