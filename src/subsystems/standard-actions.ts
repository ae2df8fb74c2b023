// The built-in actions by name. Each is written on the public nouns, as a user's action would be.
import type { ActionOptions } from "../actions/action.ts";
import { controlActions, type ControlParts } from "./control/control-actions.ts";
import { retentionAction, type RetentionParts } from "./retention/retention-action.ts";

/** Input types differ per action; each validates its own. */
// oxlint-disable-next-line typescript/no-explicit-any -- the one list of actions with different inputs
type Described = ActionOptions<any, unknown>;

export function standardActions(
  parts: ControlParts & RetentionParts,
): readonly (readonly [string, Described])[] {
  return [...controlActions(parts), ["retention:apply", retentionAction(parts)]];
}
