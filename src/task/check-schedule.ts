// Checks that a schedule can be read and that it will ever fire. A task that silently never runs is worse than an error.
import type { Instant } from "../base/clock.ts";
import type { Issue } from "../base/errors.ts";
import { formatInstant } from "../base/instant.ts";
import { parseExclusions } from "../schedule/exclusion.ts";
import { parseRule, parseSchedule } from "../schedule/parse-rule.ts";
import type { ScheduleDefinition } from "../schedule/schedule-definition.ts";
import { lastInstant, type Times } from "../schedule/times.ts";
import { zoneOf } from "../time/zone.ts";
import { sameTimes } from "./same-times.ts";
import type { TaskDefinition } from "./task.ts";

export interface CheckContext {
  readonly now: Instant;
  readonly existing?: TaskDefinition;
}

/** `known` are the issues found so far: a schedule that depends on a faulty field is not judged. */
export function checkSchedule(
  task: Partial<TaskDefinition>,
  context: CheckContext,
  known: readonly Issue[],
): Issue[] {
  const issues: Issue[] = [];
  const zone = attempt(issues, "timezone", () => zoneOf(task.timezone ?? "UTC"));
  for (const text of task.exclude ?? []) {
    attempt(issues, "exclude", () => parseExclusions([text], ""));
  }
  const { id, type, schedule } = task;
  if (type === undefined || schedule === undefined) return issues;
  const definition = { ...task, type, schedule };
  const seed = id ?? "";
  const parsed = attempt(issues, "schedule", () => parseSchedule(definition, zone ?? zoneOf("UTC"), seed));
  if (parsed === undefined || issues.length > 0 || known.some(({ field }) => timing.has(field)))
    return issues;
  return neverFires(definition, parsed.times, context, seed);
}

const timing: ReadonlySet<string> = new Set(
  "type schedule timezone dst dayMatch anchor every startAt endAt exclude".split(" "),
);

function attempt<Value>(issues: Issue[], field: string, read: () => Value): Value | undefined {
  try {
    return read();
  } catch (error) {
    issues.push({ field, message: error instanceof Error ? error.message : String(error) });
    return undefined;
  }
}

function neverFires(
  definition: ScheduleDefinition & Partial<TaskDefinition>,
  times: Times,
  context: CheckContext,
  seed: string,
): Issue[] {
  const { now, existing } = context;
  // An instant in the past is no mistake: the missed policy says what becomes of it.
  const after = definition.type === "once" ? -lastInstant : now;
  const rule = parseRule(definition, { seed });
  if (rule.next(after) !== null) return [];
  // A task that is over stays registered when the program that registers it starts again.
  if (existing !== undefined && sameTimes(existing, definition)) return [];
  return [explainSilence(definition, times, after)];
}

function explainSilence(definition: ScheduleDefinition, times: Times, after: Instant): Issue {
  const { startAt, endAt } = definition;
  const text = JSON.stringify(definition.schedule);
  const first = times.next(Math.max(after, (startAt ?? -lastInstant) - 1));
  if (first === null) {
    const since =
      startAt === undefined || startAt <= after ? "from now on" : `from ${formatInstant(startAt)} on`;
    return {
      field: "schedule",
      message: `${text} never fires ${since}: check its day, month and year, and startAt.`,
    };
  }
  if (endAt !== undefined && first > endAt) {
    const message = `${formatInstant(endAt)} is before the first time, ${formatInstant(first)}: write a later endAt.`;
    return { field: "endAt", message };
  }
  return { field: "exclude", message: `Every time of ${text} is excluded: exclude less.` };
}
