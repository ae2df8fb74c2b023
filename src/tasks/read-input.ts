// A task as a caller hands it in, held against what is stored and against its action: a whole definition, or
// `task.invalid` with one issue for each field. Nothing is stored here.
import { validate, type ActionRegistry } from "../actions/registry.ts";
import type { Instant } from "../base/clock.ts";
import { invalidInput, type Issue } from "../base/errors.ts";
import type { StorageNouns } from "../storage/storage.ts";
import { isRecord } from "../task/field-reader.ts";
import { readTask } from "../task/read-task.ts";
import type { TaskState } from "../task/task-state.ts";
import type { TaskDefinition } from "../task/task.ts";

export interface InputReader {
  readonly storage: StorageNouns;
  readonly registry: ActionRegistry;
}

export interface TaskReading {
  readonly definition: TaskDefinition;
  /** What is stored under the same id. */
  readonly existing: TaskState | undefined;
}

interface ReadingContext {
  readonly now: Instant;
  /** What the caller wants of the task, for the message. */
  readonly verb: "register" | "preview";
  /** Taken where the input says nothing. */
  readonly defaults?: Readonly<Record<string, string>>;
}

export async function readInput(
  { storage, registry }: InputReader,
  input: unknown,
  { now, verb, defaults = {} }: ReadingContext,
): Promise<TaskReading> {
  const id = isRecord(input) ? input["id"] : undefined;
  const existing = typeof id === "string" ? await storage.tasks.get({ id }) : undefined;
  const read = readTask(filled(input, defaults), {
    now,
    ...(existing === undefined ? {} : { existing: existing.definition }),
  });
  const issues = [...read.issues, ...(await actionIssues(registry, input, read.issues))];
  if (read.definition === undefined || issues.length > 0) {
    const named = typeof id === "string" ? JSON.stringify(id) : "without an id";
    throw invalidInput("task.invalid", `Cannot ${verb} task ${named}.`, issues);
  }
  return { definition: read.definition, existing };
}

function filled(input: unknown, defaults: Readonly<Record<string, string>>): unknown {
  if (!isRecord(input)) return input;
  const missing = Object.entries(defaults).filter(([field]) => input[field] === undefined);
  return missing.length === 0 ? input : { ...input, ...Object.fromEntries(missing) };
}

async function actionIssues(
  registry: ActionRegistry,
  input: unknown,
  known: readonly Issue[],
): Promise<Issue[]> {
  if (!isRecord(input) || typeof input["action"] !== "string" || input["action"] === "") return [];
  const { action: name, params = {} } = input;
  const action = registry.get(name);
  if (action === undefined)
    return [{ field: "action", message: `there is no action "${name}"; ${registry.suggest(name)}` }];
  // What is no JSON is an issue already, whatever the schema would say of it.
  if (known.some(({ field }) => field === "params")) return [];
  const checked = await validate(action.input, params);
  if (!("issues" in checked)) return [];
  const firsts = new Map<string, Issue>();
  for (const { field: inside, message } of checked.issues) {
    const field = inside === "" ? "params" : `params.${inside}`;
    if (!firsts.has(field)) firsts.set(field, { field, message });
  }
  return [...firsts.values()];
}
