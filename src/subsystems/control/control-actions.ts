// Control as actions, so that a task can pull a switch by schedule. They change what `control.check` answers and what
// may be claimed, in the transaction of the change.
import { z } from "zod";
import type { ActionOptions } from "../../actions/action.ts";
import type { Control } from "../../control/control.ts";

export interface ControlParts {
  readonly control: Control;
}

const enableSwitch = z.strictObject({
  reason: z.string().optional(),
  until: z.union([z.number(), z.string()]).optional(),
});
const nothing = z.strictObject({});
const updateLimit = z.strictObject({
  clusterId: z.string().min(1),
  limit: z.number().min(0),
  per: z.union([z.number().positive(), z.string()]).default("1m"),
});
const oneCluster = z.strictObject({ clusterId: z.string().min(1) });
const disableCluster = z.strictObject({ clusterId: z.string().min(1), reason: z.string().optional() });

// oxlint-disable-next-line typescript/no-explicit-any -- the one list of actions with different inputs
type Described = ActionOptions<any, unknown>;

/** Pulling a switch is done or not done: trying it again by itself hours later would surprise. */
const once = { attempts: 1 } as const;

export function controlActions({ control }: ControlParts): readonly (readonly [string, Described])[] {
  const actorOf = (taskId: string | undefined): string =>
    taskId === undefined ? "system" : `task:${taskId}`;
  return [
    [
      "kill_switch:enable",
      describe(enableSwitch, async ({ reason = "kill_switch:enable", until }, ctx) => {
        await control.kill({ reason, actor: actorOf(ctx.taskId), ...(until === undefined ? {} : { until }) });
        return { enabled: true };
      }),
    ],
    [
      "kill_switch:disable",
      describe(nothing, async (_input, ctx) => {
        await control.restore({ actor: actorOf(ctx.taskId) });
        return { enabled: false };
      }),
    ],
    [
      "rate_limit:update",
      describe(updateLimit, async ({ clusterId, limit, per }, ctx) => {
        await control.limits.set(clusterId, { limit, per }, { actor: actorOf(ctx.taskId) });
        return { clusterId, limit, per };
      }),
    ],
    [
      "cluster:enable",
      describe(oneCluster, async ({ clusterId }, ctx) => {
        await control.clusters.enable(clusterId, { actor: actorOf(ctx.taskId) });
        return { clusterId, enabled: true };
      }),
    ],
    [
      "cluster:disable",
      describe(disableCluster, async ({ clusterId, reason }, ctx) => {
        await control.clusters.disable(clusterId, {
          actor: actorOf(ctx.taskId),
          ...(reason === undefined ? {} : { reason }),
        });
        return { clusterId, enabled: false };
      }),
    ],
  ];
}

function describe<Schema extends z.ZodType>(
  input: Schema,
  run: ActionOptions<z.output<Schema>, unknown>["run"],
): Described {
  return { input, retry: once, run };
}
