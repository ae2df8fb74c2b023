// The rule of a task's nominal times. Parsing costs; callers keep the rule as long as the definition stays.
import { EscapementError } from "../base/errors.ts";
import type { Rule } from "../schedule/rule.ts";
import type { TaskDefinition } from "./task.ts";

export function ruleOf(_id: string, _definition: TaskDefinition): Rule {
  throw new EscapementError("invariant.broken", "ruleOf is not written yet.");
}
