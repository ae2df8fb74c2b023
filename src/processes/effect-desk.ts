// What handlers ask for, made ready to be committed with the state: runs, messages and events as they are kept. Asked
// while the fold goes on, so that an effect that cannot be performed fails its slot and nothing else.
import type { Clock } from "../base/clock.ts";
import type { IdSource } from "../base/id.ts";
import { EscapementError } from "../base/errors.ts";
import { quote } from "../base/quote.ts";
import type { NewEvent } from "../event/event.ts";
import type { Effect, EnqueueEffect, PublishEffect, RememberEffect, SendEffect } from "../process/effects.ts";
import type { SlotResult } from "../process/fold.ts";
import { formatProcessId } from "../process/process-id.ts";
import { readNote } from "../journal/note.ts";
import { readNewRecord } from "../memory/new-record.ts";
import { Facets } from "../record/facets.ts";
import type { NewRecordRow } from "../storage/records.ts";
import type { Runs } from "../runs/runs.ts";
import type { NewMessage, ProcessEffects } from "../storage/processes.ts";
import type { NewRun } from "../storage/runs.ts";
import type { Outbox } from "./outbox.ts";
import type { ProcessRegistry } from "./process-registry.ts";

interface DeskParts {
  readonly newId: IdSource;
  readonly clock: Clock;
  readonly payloadLimit: number;
  readonly runs: Pick<Runs, "prepare">;
  readonly outbox: Pick<Outbox, "prepare">;
  readonly registry: ProcessRegistry;
}

type Prepared =
  | { readonly kind: "run"; readonly run: NewRun }
  | { readonly kind: "message"; readonly message: NewMessage }
  | { readonly kind: "record"; readonly record: NewRecordRow }
  | { readonly kind: "event"; readonly event: NewEvent };

export class EffectDesk {
  readonly #parts: DeskParts;
  /** Those of slots that failed afterwards are never asked for again. */
  readonly #facets = new Facets();
  #prepared = new WeakMap<Effect, Prepared>();

  constructor(parts: DeskParts) {
    this.#parts = parts;
  }

  /** Throws what keeps the effect from being performed. */
  readonly check = (effect: Effect): void => {
    this.#prepared.set(effect, this.#prepare(effect));
  };

  /** The effects of slots that were handled; undefined when there are none. */
  take(process: string, results: readonly SlotResult[]): ProcessEffects | undefined {
    if (results.every((result) => result.effects.length === 0)) return undefined;
    const runs: NewRun[] = [];
    const messages: NewMessage[] = [];
    const records: NewRecordRow[] = [];
    const events: NewEvent[] = [];
    const subject = `process:${process}`;
    for (const { effects, slot } of results) {
      const parent = `${subject}@${slot}`;
      for (const effect of effects) {
        const prepared = this.#prepared.get(effect);
        if (prepared?.kind === "run") runs.push({ parentId: parent, ...prepared.run });
        if (prepared?.kind === "message") messages.push({ ...prepared.message, parent });
        if (prepared?.kind === "record") records.push(prepared.record);
        if (prepared?.kind === "event") events.push({ ...prepared.event, actor: subject, subject, parent });
      }
    }
    return { runs, messages, records, events };
  }

  #event({ topic, payload }: PublishEffect): NewEvent {
    const { clock, payloadLimit } = this.#parts;
    return readNote(topic, payload, { now: clock.now(), payloadLimit });
  }

  #prepare(effect: Effect): Prepared {
    switch (effect.kind) {
      case "enqueue":
        return { kind: "run", run: this.#run(effect) };
      case "send":
        return { kind: "message", message: this.#message(effect) };
      case "publish":
        return { kind: "event", event: this.#event(effect) };
      case "remember":
        return { kind: "record", record: this.#record(effect) };
    }
  }

  #run({ action, input, options = {} }: EnqueueEffect): NewRun {
    if (options["onConflict"] === "reject")
      throw new EscapementError(
        "process.wrong-result",
        `A handler cannot be told that the key of a run of "${action}" is taken: use another onConflict than "reject".`,
      );
    const run = this.#parts.runs.prepare(action, input, options);
    if (!(run instanceof Promise)) return run;
    run.catch(() => undefined);
    throw new EscapementError(
      "process.wrong-result",
      `The schema of action ${quote(action)} is async: a fold waits for nothing. Use one that answers at once.`,
    );
  }

  #record({ record: { id, content = null, ...rest } }: RememberEffect): NewRecordRow {
    if (id !== undefined)
      throw new EscapementError(
        "process.wrong-result",
        `A handler cannot be told that the id ${quote(id)} of a record is taken: leave it out.`,
      );
    const { newId, payloadLimit } = this.#parts;
    const reading = { newId, facets: this.#facets, contentAddressed: false, payloadLimit };
    return readNewRecord({ ...rest, content }, reading);
  }

  #message({ process, id, message, input }: SendEffect): NewMessage {
    const to = formatProcessId(process, id);
    return this.#parts.outbox.prepare(this.#parts.registry.find(to), to, message, input);
  }
}
