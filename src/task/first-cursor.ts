// Where a task begins: the cursor and the anchor that it gets when it is registered.
import type { Instant } from "../base/clock.ts";
import { ruleOf } from "./rule-of.ts";
import { sameGrid } from "./same-times.ts";
import type { TaskDefinition } from "./task.ts";

/**
 * The cursor of a new task, or of one whose nominal times changed: nothing before `now` is owed.
 * A `once` is owed even when its instant has passed; the missed policy decides what becomes of it.
 */
export function firstCursor(definition: TaskDefinition, now: Instant): Instant {
  if (definition.type !== "once") return now;
  const at = ruleOf(definition.id, definition).previous(now + 1);
  return at === null ? now : at - 1;
}

/**
 * The definition with the anchor of its grid. A grid without one is laid from the moment of registration, which puts
 * the first run one interval later; registering the same interval again keeps the grid it had.
 */
export function settleAnchor(
  definition: TaskDefinition,
  context: { readonly now: Instant; readonly existing?: TaskDefinition },
): TaskDefinition {
  if (definition.type !== "interval" || definition.anchor !== undefined) return definition;
  const { existing, now } = context;
  const kept = existing !== undefined && sameGrid(existing, definition) ? existing.anchor : undefined;
  return { ...definition, anchor: kept ?? now };
}
