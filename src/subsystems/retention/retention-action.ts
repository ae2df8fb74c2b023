// Retention as an action, so that a task applies it by night.
import { z } from "zod";
import type { ActionOptions } from "../../actions/action.ts";
import type { Retention } from "../../runs/retention.ts";

export interface RetentionParts {
  readonly retention: Retention;
}

export function retentionAction({
  retention,
}: RetentionParts): ActionOptions<Record<string, never>, unknown> {
  return {
    input: z.strictObject({}),
    run: (_input, ctx) => retention.apply({ signal: ctx.signal }),
  };
}
