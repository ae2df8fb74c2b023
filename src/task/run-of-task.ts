// The run that a task asks for, but for its id and its times.
import { defaultRetry } from "../run/retry.ts";
import type { Lane } from "../run/lane.ts";
import type { Rate } from "../run/plan-claim.ts";
import type { TaskState } from "./task-state.ts";

/** What an action says about its runs. */
interface Traits {
  readonly maxAttempts: number;
  readonly priority: number;
  readonly cluster?: string;
  readonly lanes: readonly Lane[];
  readonly rates: readonly Rate[];
}

interface RunOfTask {
  readonly action: string;
  readonly taskId: string;
  readonly priority: number;
  readonly maxAttempts: number;
  readonly passes: number;
  readonly cluster?: string;
  readonly lanes: readonly Lane[];
  readonly rates: readonly Rate[];
  readonly tags: readonly string[];
  readonly options?: string;
}

/** What the task says goes before what its action says. */
export function runOfTask(state: TaskState, traits: Traits | undefined): RunOfTask {
  const { id, definition } = state;
  const cluster = definition.cluster ?? traits?.cluster;
  const { retry, timeout } = definition;
  const options =
    retry === undefined && timeout === undefined ? undefined : JSON.stringify({ retry, timeoutMs: timeout });
  return {
    action: definition.action,
    taskId: id,
    priority: definition.priority ?? traits?.priority ?? 0,
    maxAttempts: retry?.attempts ?? traits?.maxAttempts ?? defaultRetry.attempts,
    passes: definition.passes ?? 1,
    lanes: [...laneOfTask(state), ...((state.flow ?? traits)?.lanes ?? [])],
    rates: (state.flow ?? traits)?.rates ?? [],
    tags: definition.tags ?? [],
    ...(cluster === undefined ? {} : { cluster }),
    ...(options === undefined ? {} : { options }),
  };
}

/** Runs of one task pass through its lane, unless the task lets them overlap without bound. */
function laneOfTask({ id, definition }: TaskState): readonly Lane[] {
  const { overlap, maxConcurrent } = definition;
  if (overlap === "allow" && maxConcurrent === undefined) return [];
  return [{ key: `task:${id}`, limit: maxConcurrent ?? 1 }];
}
