// `memory:retain`: applies a rule of retention to a namespace, so that a task does it by night. A dry run unless told otherwise.
import { z } from "zod";
import type { ActionOptions } from "../../actions/action.ts";
import type { Memory, RetainOptions, Retained } from "../../memory/memory.ts";

type RetainInput = Omit<RetainOptions, "signal">;

const retainInput: z.ZodType<RetainInput> = z.strictObject({
  namespace: z.string(),
  maxAge: z.union([z.string(), z.number()]).exactOptional(),
  maxCount: z.int().min(0).exactOptional(),
  dryRun: z.boolean().exactOptional(),
});

export function retainAction(memory: Pick<Memory, "retain">): ActionOptions<RetainInput, Retained> {
  return {
    input: retainInput,
    concurrency: 1,
    run: (rule, ctx) => memory.retain({ ...rule, signal: ctx.signal }),
  };
}
