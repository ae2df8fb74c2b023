// What `doctor` finds: each thing that was looked at, whether it is well, and what to do when it is not. The same
// judgement for both engines: an engine only counts.
import type { Instant } from "../base/clock.ts";
import { formatDuration } from "../base/duration.ts";
import { quote } from "../base/quote.ts";
import type { CursorRecord } from "./cursors.ts";

export interface Finding {
  /** What was looked at, like `integrity` or `counts`. */
  readonly what: string;
  readonly ok: boolean;
  /** The figure or the fault, in words. */
  readonly detail: string;
  /** What to do; only when it is not well. */
  readonly advice?: string;
}

/** What is looked after without being opened by a node: a database that is at work, or one that nothing runs on. */
export interface Upkeep {
  inspect(): Promise<readonly Finding[]>;
  /** Writes a consistent copy while work goes on. */
  backup(file: string): Promise<void>;
}

/** A node and the runs that stand under its name; without a lease nobody could ever take them over. */
export interface Holding {
  readonly node: string;
  readonly leaseUntil: Instant | undefined;
  readonly runs: number;
}

/** What is due and has not begun. */
export interface Backlog {
  readonly runs: number;
  readonly oldestDueAt: Instant | undefined;
  readonly nextTaskDueAt: Instant | undefined;
}

/** Another node takes over within a third of a lease; after this, none does. */
const takenOverMs = 60_000;
const longestBacklogMs = 300_000;
const longestTaskDelayMs = 60_000;

export function judgeSchema(applied: number | undefined, known: number): Finding {
  const what = "schema";
  if (applied === known) return { what, ok: true, detail: `migration ${applied} of ${known}` };
  if (applied === undefined)
    return {
      what,
      ok: false,
      detail: "there are no tables of Escapement",
      advice: "look at the address; a node that opens it makes them",
    };
  return {
    what,
    ok: false,
    detail: `migration ${applied} of ${known}`,
    advice:
      applied < known
        ? "start a node of this version: it brings the tables up to date. The rest is looked at after that"
        : "use the newer version that wrote it",
  };
}

/** A handler that always throws is stuck, and holds back retention. Once or twice may be an outage. */
export function judgeSubscriptions(cursors: readonly CursorRecord[]): Finding {
  const what = "subscriptions";
  const stuck = cursors.filter(({ failures }) => failures >= worthSaying);
  if (stuck.length === 0) {
    const names = cursors.map(({ name }) => name).join(", ");
    return { what, ok: true, detail: names === "" ? "there are none" : `all go on: ${names}` };
  }
  const faults = stuck.map(
    ({ name, seq, failures, error = "" }) =>
      `${quote(name)} has failed ${failures} times behind event ${seq}: ${error}`,
  );
  const advice = "mend its handler, or forget it with journal.unsubscribe";
  return { what, ok: false, detail: faults.join("; "), advice };
}

const worthSaying = 5;

/** A parked process takes messages and handles none. */
export function judgeProcesses(parked: readonly string[]): Finding {
  const what = "processes";
  if (parked.length === 0) return { what, ok: true, detail: "none is parked" };
  const shown = parked.slice(0, mostNames).join(", ");
  const others = parked.length > mostNames ? ` and ${parked.length - mostNames} more` : "";
  const advice = "look at why with processes show; resume them, with code that can go on or past the slot";
  return { what, ok: false, detail: `parked: ${shown}${others}`, advice };
}

const mostNames = 5;

export function judgeLeases(holdings: readonly Holding[], now: Instant): Finding {
  const what = "leases";
  const orphans = holdings.filter(({ leaseUntil, runs }) => leaseUntil === undefined && runs > 0);
  if (orphans.length > 0) {
    const advice = "start a node of that name, or cancel the runs";
    return { what, ok: false, detail: `nobody holds a lease for ${namesOf(orphans)}`, advice };
  }
  const isAlive = ({ leaseUntil = 0 }: Holding): boolean => leaseUntil > now;
  const alive = holdings.filter(isAlive).length;
  const dead = holdings.filter((one) => !isAlive(one) && one.runs > 0);
  const left = dead.filter(({ leaseUntil = 0 }) => leaseUntil < now - takenOverMs);
  if (alive > 0 && left.length > 0) {
    const advice = "look at the log of the nodes that run: taking over fails there";
    return { what, ok: false, detail: `nobody has taken over ${namesOf(left)}, which has died`, advice };
  }
  const waiting = dead.length === 0 ? "" : `; ${namesOf(dead)}, which has died, go on when a node runs`;
  return { what, ok: true, detail: `${alive} nodes hold one${waiting}` };
}

function namesOf(holdings: readonly Holding[]): string {
  return holdings.map(({ node, runs }) => `${runs} runs of ${quote(node)}`).join(", ");
}

export function judgeBacklog(
  { runs, oldestDueAt, nextTaskDueAt }: Backlog,
  { now, isAnybodyThere }: { readonly now: Instant; readonly isAnybodyThere: boolean },
): readonly Finding[] {
  const late = (at: Instant | undefined): number => Math.max(0, now - (at ?? now));
  const since = runs === 0 ? "" : `, the oldest since ${formatDuration(late(oldestDueAt))}`;
  const queue = { what: "queue", detail: `${runs} runs are due and have not begun${since}` };
  const behind = formatDuration(late(nextTaskDueAt));
  const tasks = { what: "tasks", detail: `the scheduler is ${behind} behind` };
  return [
    isAnybodyThere && late(oldestDueAt) > longestBacklogMs
      ? {
          ...queue,
          ok: false,
          advice:
            "start more nodes, or raise their concurrency; look whether one of them defines the actions",
        }
      : { ...queue, ok: true },
    isAnybodyThere && late(nextTaskDueAt) > longestTaskDelayMs
      ? { ...tasks, ok: false, advice: "look at the log of the nodes that run: their ticks fail" }
      : { ...tasks, ok: true },
  ];
}
