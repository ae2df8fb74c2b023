// Between which places of the map an event moved something, what set it off and what it did: for drawing it. All of it
// follows from the kind, the actor and the subject, so none of it is kept with the event.
import type { EventCategory, EventKind } from "./event.ts";
import { classify } from "./event.ts";

/** A call or an operator · a message that came in · the answer of a worker · a change inside · a schedule. */
export type Trigger = "direct" | "stream" | "async" | "hook" | "timer";
/** A step of a handler · a read · a write · something done outside · a turn in the life of a run, task or process. */
export type Call = "code" | "query" | "link" | "effect" | "moment";

export interface Flow {
  /** The place it came from; `?` when nobody can say. */
  readonly from: string;
  readonly to: string;
  readonly trigger: Trigger;
  readonly call: Call;
}

/** A place by its name, or that of the actor or of the subject. */
type Place = "actor" | "subject" | "queue" | "history" | "scheduler" | "control" | "journal";
export type FlowRow = readonly [from: Place, to: Place, trigger: Trigger | "by actor", call: Call];

const byCategory: Readonly<Record<EventCategory, FlowRow>> = {
  run: ["actor", "queue", "by actor", "moment"],
  task: ["actor", "subject", "by actor", "link"],
  process: ["actor", "subject", "by actor", "moment"],
  control: ["actor", "control", "by actor", "link"],
  cycle: ["scheduler", "subject", "timer", "moment"],
  memory: ["actor", "subject", "by actor", "link"],
  alert: ["actor", "subject", "hook", "moment"],
  system: ["actor", "subject", "by actor", "moment"],
};

/** Where a kind moves otherwise than its category. */
const byKind: Readonly<Partial<Record<EventKind, FlowRow>>> = {
  "run.enqueued": ["actor", "queue", "by actor", "link"],
  "run.skipped": ["actor", "queue", "by actor", "link"],
  "run.redriven": ["actor", "queue", "by actor", "link"],
  "run.started": ["queue", "actor", "hook", "moment"],
  "run.stepped": ["actor", "queue", "hook", "code"],
  "run.logged": ["actor", "journal", "hook", "code"],
  "run.progressed": ["actor", "queue", "hook", "code"],
  // It changes nothing but the journal.
  "run.stale": ["actor", "journal", "async", "moment"],
  "run.succeeded": ["actor", "history", "async", "code"],
  "run.failed": ["actor", "history", "by actor", "code"],
  "run.cancelled": ["actor", "history", "by actor", "moment"],
  // What was held in a place goes on there.
  "gate.released": ["control", "subject", "by actor", "moment"],
  "process.sent": ["actor", "subject", "by actor", "link"],
  "process.handled": ["actor", "subject", "stream", "code"],
  "process.failed": ["actor", "subject", "stream", "code"],
  "process.moved": ["actor", "subject", "hook", "link"],
  "process.resumed": ["actor", "subject", "by actor", "link"],
  "process.forked": ["actor", "subject", "by actor", "link"],
  "task.skipped": ["scheduler", "subject", "timer", "moment"],
  "task.finished": ["scheduler", "subject", "timer", "moment"],
  scheduled_task_executed: ["history", "subject", "hook", "moment"],
  scheduled_task_failed: ["history", "subject", "hook", "moment"],
  "node.started": ["actor", "scheduler", "hook", "moment"],
  "node.stopped": ["actor", "scheduler", "hook", "moment"],
  "retention.applied": ["actor", "journal", "by actor", "link"],
};

interface Told {
  readonly kind: string;
  readonly actor: string;
  readonly subject: string;
}

export function flowRow(kind: string): FlowRow {
  const rows: Readonly<Record<string, FlowRow>> = byKind;
  return (Object.hasOwn(rows, kind) ? rows[kind] : undefined) ?? byCategory[classify(kind)[0]];
}

export function flowOf(event: Told): Flow {
  const [from, to, trigger, call] = flowRow(event.kind);
  return {
    from: placeIn(event, from),
    to: placeIn(event, to),
    trigger: trigger === "by actor" ? triggerOf(event.actor) : trigger,
    call,
  };
}

function placeIn(event: Told, place: Place): string {
  if (place === "actor") return placeOf(event.actor);
  return place === "subject" ? placeOf(event.subject) : place;
}

/** The part of a name before the colon, and the place of the map where it stands. */
const places: Readonly<Record<string, string>> = {
  user: "clients",
  run: "queue",
  switch: "control",
  cluster: "control",
  limit: "control",
  breaker: "control",
  gate: "control",
  token: "control",
  record: "memory",
  namespace: "memory",
  ref: "memory",
  memory: "memory",
  alert: "alerts",
  system: "scheduler",
  retention: "journal",
  cursor: "journal",
};
/** Those that are a place each. */
const own: Readonly<Record<string, string>> = {
  task: "task",
  node: "worker",
  cycle: "cycle",
  store: "store",
};

/** The place of an actor or a subject: `user:ann` is one of the `clients`, `node:a` is `worker:a`, and what is unknown is `?`. */
export function placeOf(name: string): string {
  const colon = name.indexOf(":");
  const word = colon === -1 ? name : name.slice(0, colon);
  if (Object.hasOwn(places, word)) return places[word] ?? "?";
  if (colon === -1) return "?";
  const rest = name.slice(colon + 1);
  // Thousands of processes of one name are one place.
  if (word === "process") return `process:${rest.split("/", 1)[0]}`;
  return Object.hasOwn(own, word) ? `${own[word]}:${rest}` : "?";
}

const triggers: Readonly<Record<string, Trigger>> = {
  user: "direct",
  task: "timer",
  cycle: "timer",
  node: "async",
  run: "async",
  process: "async",
};

function triggerOf(actor: string): Trigger {
  const word = actor.split(":", 1)[0] ?? "";
  return (Object.hasOwn(triggers, word) ? triggers[word] : undefined) ?? "hook";
}

/**
 * What caused an event that does not say so itself: a run or a message is there because somebody asked for it, and whatever
 * happens to it later happens because it is there. So the events of a run or a message and of what they ask for form a
 * tree. A message is told by its process and its slot.
 */
export function parentOf({ kind, actor, subject }: Told, slot: number | undefined): string | undefined {
  const [category] = classify(kind);
  const isRun = category === "run" && subject.startsWith("run:");
  const isMessage = category === "process" && slot !== undefined;
  if (!isRun && !isMessage) return undefined;
  if (beginnings.has(kind)) return actor === "system" ? undefined : actor;
  return isMessage ? `${subject}@${slot}` : subject;
}

const beginnings: ReadonlySet<string> = new Set(["run.enqueued", "run.skipped", "process.sent"]);

/**
 * The same for the same turn of a process and of its forks, whenever and with whatever code it is replayed, so that two of
 * them can be laid side by side; an id is another each time.
 */
export function replayKeyOf({ kind, subject }: Told, slot: number | undefined): string | undefined {
  if (slot === undefined || classify(kind)[0] !== "process") return undefined;
  return `${placeOf(subject)}:${slot}:${kind}`;
}
