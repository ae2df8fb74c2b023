// The rule of a task's nominal times. Parsing costs; callers keep the rule as long as the definition stays.
import { parseRule } from "../schedule/parse-rule.ts";
import type { Rule } from "../schedule/rule.ts";
import type { TaskDefinition } from "./task.ts";

/** `H` in a cron expression is hashed from `id`, so that a thousand hourly tasks spread over the hour. */
export function ruleOf(id: string, definition: TaskDefinition): Rule {
  return parseRule(definition, { seed: id });
}
