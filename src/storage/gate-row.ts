// Rows about gates as records, and the events that tell of them. The same for both engines.
import { EscapementError } from "../base/errors.ts";
import type { Instant } from "../base/clock.ts";
import type { NewEvent } from "../event/event.ts";
import { gateScopesOf, gateScopesOfProcess, type Gate, type Refusal } from "../run/gate.ts";
import type { GateStorage, HeldMessage, HeldRun, HeldWork, PendingWork, ReleaseAnswer } from "./gate.ts";
import type { EventRecord } from "./journal.ts";
import { integer, optional, text, type Row } from "./row.ts";

type Input<Verb extends "set" | "next"> = Parameters<GateStorage[Verb]>[0];

/** How long a key is remembered: whoever repeats a call does so at once. */
const keyMemoryMs = 86_400_000;

export function decodeGate(row: Row): Gate {
  return {
    scope: text(row["scope"]),
    mode: "stepper",
    actor: text(row["actor"]),
    at: integer(row["at"]),
    ...optional("reason", row["reason"], text),
  };
}

export function decodeHeldRun(row: Row): HeldRun {
  return {
    kind: "run",
    id: text(row["id"]),
    action: text(row["action"]),
    scheduledFor: integer(row["scheduled_for"]),
    dueAt: integer(row["due_at"]),
    ...optional("taskId", row["task_id"], text),
  };
}

export function decodeHeldMessage(row: Row): HeldMessage {
  return {
    kind: "message",
    id: text(row["id"]),
    process: text(row["process"]),
    slot: integer(row["slot"]),
    name: text(row["name"]),
    at: integer(row["at"]),
  };
}

/** The one that waits longer. */
export function olderOf(run: HeldRun | undefined, message: HeldMessage | undefined): HeldWork | undefined {
  if (run === undefined || message === undefined) return run ?? message;
  return message.at < run.dueAt ? message : run;
}

/** The scopes that a release concerns. */
export function scopesOfHeld(held: HeldWork): string[] {
  return held.kind === "run" ? gateScopesOf(held) : gateScopesOfProcess(held.process);
}

/** The answer that a key got before; a key belongs to the scope for which it was used. */
export function answerOfKey(row: Row, scope: string): ReleaseAnswer {
  if (row["scope"] !== scope) return blocked("conflict");
  const answer: ReleaseAnswer = JSON.parse(text(row["answer"]));
  return answer;
}

export function blocked(reason: Refusal): ReleaseAnswer {
  return { status: "blocked", reason };
}

/** `events` is what the journal tells of the release. */
export function released([event]: readonly EventRecord[]): ReleaseAnswer {
  if (event !== undefined) return { status: "released", event };
  throw new EscapementError(
    "invariant.broken",
    "A gate has released something, and the journal does not have it.",
  );
}

export function eventOfSet({ scope, mode, actor, reason, now }: Input<"set">): NewEvent {
  return {
    at: now,
    kind: "gate.set",
    actor,
    subject: `gate:${scope}`,
    label: mode,
    data: { scope, mode, ...(reason === undefined ? {} : { reason }) },
  };
}

export function eventOfRelease(held: HeldWork, { scope, actor, now }: Input<"next">): NewEvent {
  return {
    at: now,
    kind: "gate.released",
    actor,
    ...(held.kind === "run"
      ? { subject: `run:${held.id}`, label: held.action, data: { scope, dueAt: held.dueAt } }
      : {
          subject: `process:${held.process}`,
          label: held.name,
          data: { scope, slot: held.slot, messageId: held.id },
        }),
  };
}

/** A scope as what kind of thing it names, and the name. */
export function splitScope(scope: string): readonly [kind: string, name: string] {
  const colon = scope.indexOf(":");
  return colon < 0 ? [scope, ""] : [scope.slice(0, colon), scope.slice(colon + 1)];
}

/** Nearly always the very first will do; further pages are for those that a switch holds as well. */
export const firstPage: number = 4;
export const nextPage = (size: number): number => Math.min(256, size * 4);

/** The oldest first. */
export function inOrderOfAge(rows: readonly Row[]): Row[] {
  return rows.toSorted((one, other) => {
    const apart = integer(one["due_at"]) - integer(other["due_at"]);
    return apart === 0 ? (text(one["id"]) < text(other["id"]) ? -1 : 1) : apart;
  });
}

export interface FoundRun {
  readonly run?: HeldRun | undefined;
  /** There were runs, but a switch or a cluster holds them as well. */
  readonly isKilled: boolean;
}

/** What was found when looking for work to release. */
export interface Found extends Pick<FoundRun, "isKilled"> {
  readonly held?: HeldWork;
}

export function pendingOf(
  head: number,
  refusal: Refusal | undefined,
  { held, isKilled }: Found,
): PendingWork {
  const mode = refusal === "wrong_mode" ? "realtime" : "stepper";
  if (refusal !== undefined) return { mode, head, reason: refusal };
  if (held !== undefined) return { mode, head, next: held };
  return { mode, head, reason: isKilled ? "switch" : "nothing_pending" };
}

/** Keys that were used before this are forgotten. */
export function keysFrom(now: Instant): Instant {
  return now - keyMemoryMs;
}
