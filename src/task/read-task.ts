// Reads what a caller registers into a definition, or says what is wrong with each field.
// Everything is checked before anything is stored, so a task that was accepted can run.
import type { Instant } from "../base/clock.ts";
import type { Issue } from "../base/errors.ts";
import { scheduleTypes } from "../schedule/schedule-definition.ts";
import { checkSchedule } from "./check-schedule.ts";
import { show } from "../base/quote.ts";
import { FieldReader, isRecord } from "./field-reader.ts";
import { findConflicts } from "./find-conflicts.ts";
import { readPolicies, readTiming } from "./read-policies.ts";
import type { TaskDefinition } from "./task.ts";

export interface ReadTaskContext {
  readonly now: Instant;
  /** The definition stored under this id, if any: a task that is over may be registered again as it is. */
  readonly existing?: TaskDefinition;
  /** The most bytes that the params may have; 1 MiB unless given. */
  readonly payloadLimit?: number;
}

export type ReadTaskResult =
  | { readonly definition: TaskDefinition; readonly issues: readonly [] }
  | { readonly definition: undefined; readonly issues: readonly [Issue, ...Issue[]] };

/** The fields without which there is no task. */
const needed = ["id", "type", "schedule", "action"] as const;
const identityFields = [...needed, "name", "enabled", "params"];
const timingFields = "timezone dst dayMatch anchor every startAt endAt exclude jitter".split(" ");
const policyFields = [
  ..."overlap maxConcurrent missed missedWindow missedLimit maxRuns passes".split(" "),
  ..."pauseOnFailure priority retry timeout cluster tags".split(" "),
];
const keptFields = ["lastRun", "nextRun", "runCount", "errorCount", "lastError", "pausedNote", "version"];
const chosenFields = [...identityFields, ...timingFields, ...policyFields];

/** Whether the action exists and accepts the params is for the caller to check. */
export function readTask(input: unknown, context: ReadTaskContext): ReadTaskResult {
  if (!isRecord(input))
    return rejected([{ field: "task", message: `${show(input)} is not a task: give an object.` }]);
  const fields = new FieldReader(input);
  fields.onlyKnown(chosenFields, keptFields);
  const definition = {
    ...readIdentity(fields, context.payloadLimit),
    ...readTiming(fields),
    ...readPolicies(fields),
  };
  const issues = [...fields.issues, ...findConflicts(definition)];
  issues.push(...checkSchedule(definition, context, issues));
  return issues.length === 0 && isWhole(definition) ? { definition, issues: [] } : rejected(issues);
}

type PartialDefinition = Partial<TaskDefinition> & Pick<TaskDefinition, "enabled" | "params">;

function isWhole(definition: PartialDefinition): definition is TaskDefinition {
  return definition.name !== undefined && needed.every((name) => definition[name] !== undefined);
}

/** Only the first issue of each field: what follows from it would only distract. */
function rejected(issues: readonly Issue[]): ReadTaskResult {
  const firsts = new Map<string, Issue>();
  for (const issue of issues) if (!firsts.has(issue.field)) firsts.set(issue.field, issue);
  const [first = { field: "task", message: "The task cannot be read." }, ...rest] = firsts.values();
  return { definition: undefined, issues: [first, ...rest] };
}

function readIdentity(fields: FieldReader, payloadLimit: number | undefined): PartialDefinition {
  for (const name of needed) {
    if (!fields.has(name)) fields.report(name, `${name} is missing: every task needs one.`);
  }
  const id = fields.text("id", 200);
  return {
    ...id,
    ...(id.id === undefined ? {} : { name: id.id }),
    ...fields.text("name"),
    ...fields.choice("type", scheduleTypes),
    ...fields.scheduleText("schedule"),
    enabled: true,
    ...fields.flag("enabled"),
    ...fields.text("action", 200),
    params: {},
    ...fields.json("params", payloadLimit),
  };
}
