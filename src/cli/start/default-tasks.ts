// The tasks that a new server begins with. Each is registered once: what an operator changes, stops or removes
// afterwards stays so.
import type { TaskInput } from "../../contract/task.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import type { Probe } from "./probe.ts";

export const sampleTaskId = "host-sample";

/** `timezone` is that of this machine. */
export function defaultTasks(timezone: string): readonly TaskInput[] {
  return [
    {
      id: sampleTaskId,
      name: "host sample",
      type: "interval",
      schedule: "5s",
      action: "host:sample",
      missed: "none", // a sample says how it is now
    },
    {
      id: "nightly-retention",
      name: "nightly retention",
      type: "cron",
      schedule: "0 3 * * *",
      timezone,
      action: "retention:apply",
    },
  ];
}

export function probeTask({ id, url }: Probe): TaskInput {
  return {
    id,
    name: `probe ${url}`.slice(0, 1_000),
    type: "interval",
    schedule: "15s",
    action: "http:request",
    params: { url },
    missed: "none",
    retry: { attempts: 1 }, // the next look is near
    tags: ["probe"],
  };
}

/** Probes are asked for by name at every start, so one that was removed comes back; the others do not. */
export async function registerDefaults(
  runtime: Runtime,
  probes: readonly Probe[],
  timezone: string,
): Promise<void> {
  for (const task of defaultTasks(timezone)) {
    if (!(await wasRegistered(runtime, task.id))) await runtime.tasks.register(task);
  }
  for (const probe of probes) {
    if ((await runtime.tasks.get(probe.id)) === undefined) await runtime.tasks.register(probeTask(probe));
  }
}

/** Also when it has been removed since: the journal knows. */
async function wasRegistered({ tasks, journal }: Runtime, id: string): Promise<boolean> {
  if ((await tasks.get(id)) !== undefined) return true;
  const events = await journal.read({ subject: `task:${id}`, kind: "task.registered", limit: 1 });
  return events.length > 0;
}
