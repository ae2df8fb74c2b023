// A task as a caller hands it in, held against what is stored and against its action: a whole definition, or
// `task.invalid` with one issue for each field. Nothing is stored here.
import type { ActionRegistry } from "../actions/registry.ts";
import type { Instant } from "../base/clock.ts";
import { invalidInput, type Issue } from "../base/errors.ts";
import { decodeJson, encodeJson } from "../base/json.ts";
import { validate } from "../base/validate.ts";
import { flowOf } from "../runs/traits.ts";
import type { StorageNouns } from "../storage/storage.ts";
import type { Flow } from "../storage/tasks.ts";
import { isRecord } from "../task/field-reader.ts";
import { readTask } from "../task/read-task.ts";
import type { TaskState } from "../task/task-state.ts";
import type { TaskDefinition } from "../task/task.ts";

export interface InputReader {
  readonly storage: StorageNouns;
  readonly registry: ActionRegistry;
  readonly payloadLimit: number;
}

export interface TaskReading {
  readonly definition: TaskDefinition;
  /** What is stored under the same id. */
  readonly existing: TaskState | undefined;
  /** Where the action limits per key, the keys that the params give. */
  readonly flow?: Flow;
}

interface ReadingContext {
  readonly now: Instant;
  /** What the caller wants of the task, for the message. */
  readonly verb: "register" | "preview";
  /** Taken where the input says nothing. */
  readonly defaults?: Readonly<Record<string, string>>;
}

export async function readInput(
  { storage, registry, payloadLimit }: InputReader,
  input: unknown,
  { now, verb, defaults = {} }: ReadingContext,
): Promise<TaskReading> {
  const id = isRecord(input) ? input["id"] : undefined;
  const existing = typeof id === "string" ? await storage.tasks.get({ id }) : undefined;
  const read = readTask(filled(input, defaults), {
    now,
    payloadLimit,
    ...(existing === undefined ? {} : { existing: existing.definition }),
  });
  const checked = await checkAction(registry, input, payloadLimit);
  const issues = firstOfEachField([...read.issues, ...checked.issues]);
  if (read.definition === undefined || issues.length > 0) {
    const named = typeof id === "string" ? JSON.stringify(id) : "without an id";
    throw invalidInput("task.invalid", `Cannot ${verb} task ${named}.`, issues);
  }
  const { flow } = checked;
  return { definition: read.definition, existing, ...(flow === undefined ? {} : { flow }) };
}

function filled(input: unknown, defaults: Readonly<Record<string, string>>): unknown {
  if (!isRecord(input)) return input;
  const missing = Object.entries(defaults).filter(([field]) => input[field] === undefined);
  return missing.length === 0 ? input : { ...input, ...Object.fromEntries(missing) };
}

interface CheckedAction {
  readonly issues: readonly Issue[];
  readonly flow?: Flow;
}

/** Whether the action is known and takes the params as they will be kept; where it limits per key, which keys they give. */
async function checkAction(
  registry: ActionRegistry,
  input: unknown,
  payloadLimit: number,
): Promise<CheckedAction> {
  if (!isRecord(input) || typeof input["action"] !== "string" || input["action"] === "")
    return { issues: [] };
  const { action: name, params: given = {} } = input;
  const action = registry.get(name);
  if (action === undefined) {
    const message = `there is no action "${name}"; ${registry.suggest(name)}`;
    return { issues: [{ field: "action", message }] };
  }
  const params = attempt(() => decodeJson(encodeJson(given, payloadLimit)));
  // What is no JSON has its issue already.
  if ("error" in params) return { issues: [] };
  const checked = await validate(action.input, params.value);
  if ("issues" in checked) {
    const under = (field: string): string => (field === "" ? "params" : `params.${field}`);
    return { issues: checked.issues.map(({ field, message }) => ({ field: under(field), message })) };
  }
  const flow = attempt(() => flowOf(action, checked.value));
  if ("error" in flow) return { issues: [{ field: "params", message: flow.error }] };
  return { issues: [], ...(flow.value === undefined ? {} : { flow: flow.value }) };
}

function attempt<Value>(read: () => Value): { readonly value: Value } | { readonly error: string } {
  try {
    return { value: read() };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

/** What follows from the first fault of a field would only distract. */
function firstOfEachField(issues: readonly Issue[]): Issue[] {
  const fields = new Set(issues.map((issue) => issue.field));
  return issues.filter((issue) => fields.delete(issue.field));
}
