// Asks a runtime for what the live view shows. Bounded, however many tasks and runs there are: only the first tasks
// are looked at closely, and only the newest events are read.
import type { Event } from "../../contract/journal.ts";
import type { Run } from "../../contract/run.ts";
import type { Task } from "../../contract/task.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import type { LiveEvent, LiveOutcome, LiveTask, LiveView } from "../live/live-view.ts";
import { scheduleText } from "../schedule-text.ts";

/** More tasks than a terminal has rows are not looked at one by one. */
const watchedTasks = 60;
const readEvents = 100;
const shownEvents = 40;
/** They come with every run, and the runs are counted anyway. */
const everyday: ReadonlySet<string> = new Set(["run.enqueued", "run.started"]);
/** The end of a task's run, told under the name of the task. */
const taskEnds: ReadonlySet<string> = new Set(["scheduled_task_executed", "scheduled_task_failed"]);

export interface Gathered extends Pick<LiveView, "tasks" | "events" | "switchOn"> {
  readonly counts: Awaited<ReturnType<Runtime["runs"]["counts"]>>;
}

export async function gatherView(runtime: Runtime, tasks: readonly Task[], now: number): Promise<Gathered> {
  const watched = tasks.slice(0, watchedTasks);
  const [counts, events, { killed }, lasts] = await Promise.all([
    runtime.runs.counts(),
    runtime.journal.read({ limit: readEvents }),
    runtime.control.status(),
    Promise.all(watched.map(({ id }) => lastRun(runtime, id))),
  ]);
  const all = killed.find(({ scope }) => scope === "all");
  return {
    tasks: tasks.map((task, index) => liveTask(task, lasts[index], now)),
    counts,
    events: tellingEvents(events).slice(0, shownEvents).map(liveEvent),
    ...(all === undefined ? {} : { switchOn: { reason: all.reason } }),
  };
}

/** The newest run that has begun, if there is one. */
async function lastRun({ runs }: Runtime, taskId: string): Promise<Run | undefined> {
  const { items } = await runs.list({ taskId, limit: 2 });
  return items.find(({ state }) => state !== "waiting");
}

function liveTask(task: Task, last: Run | undefined, now: number): LiveTask {
  const { id, name, enabled, pausedNote, nextRun, runCount, errorCount } = task;
  return {
    id,
    name,
    schedule: scheduleText(task),
    nextInMs: nextRun === undefined ? null : Math.max(0, nextRun.getTime() - now),
    enabled,
    runCount,
    errorCount,
    ...(pausedNote === undefined ? {} : { pausedNote }),
    ...(last === undefined ? {} : { last: outcomeOf(last, now) }),
  };
}

function outcomeOf({ state, startedAt, finishedAt, error }: Run, now: number): LiveOutcome {
  const at = finishedAt ?? startedAt;
  const took =
    startedAt === undefined || finishedAt === undefined
      ? undefined
      : finishedAt.getTime() - startedAt.getTime();
  return {
    state,
    agoMs: at === undefined ? 0 : Math.max(0, now - at.getTime()),
    ...(took === undefined ? {} : { durationMs: took }),
    ...(error === undefined ? {} : { error: error.message }),
  };
}

/** Each thing once: the end of a task's run is in the journal as that of the run, too. */
function tellingEvents(events: readonly Event[]): readonly Event[] {
  const told = new Set(events.filter(({ kind }) => taskEnds.has(kind)).map(({ parent }) => parent));
  return events.filter(({ kind, subject }) => !everyday.has(kind) && !told.has(subject));
}

function liveEvent({ at, kind, subject, label = "", severity, data }: Event): LiveEvent {
  const error = typeof data === "object" && data !== null && "error" in data ? data["error"] : undefined;
  const why = typeof error === "string" ? `${label}: ${error}` : label;
  return { at: at.getTime(), kind, subject, label: why, severity };
}
