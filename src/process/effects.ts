// What a handler asks of the world, as data: it is committed with the state and performed by whoever commits, once per
// slot. Nothing here acts.
import { parseDuration, type Duration } from "../base/duration.ts";
import { EscapementError } from "../base/errors.ts";
import { parseInstant, type InstantLike } from "../base/instant.ts";
import type { Json } from "../base/json.ts";
import { quote } from "../base/quote.ts";
import { ownCopy } from "./own-copy.ts";
import { isFields, type JsonObject } from "./patch.ts";

/** A run of an action. The options are those of `runs.enqueue`, with times in milliseconds. */
export interface EnqueueEffect {
  readonly kind: "enqueue";
  readonly action: string;
  readonly input: Json;
  readonly options?: JsonObject;
}

/** A message to another process, or to this one. */
export interface SendEffect {
  readonly kind: "send";
  readonly process: string;
  readonly id: string;
  readonly message: string;
  readonly input: Json;
}

/** A record for the memory. */
export interface RememberEffect {
  readonly kind: "remember";
  readonly record: JsonObject;
}

/** An event of the journal, under a kind of its own. */
export interface PublishEffect {
  readonly kind: "publish";
  readonly topic: string;
  readonly payload: Json;
}

export type Effect = EnqueueEffect | SendEffect | RememberEffect | PublishEffect;

export interface EnqueueEffectOptions {
  readonly delay?: Duration;
  readonly at?: InstantLike;
  readonly priority?: number;
  readonly tags?: readonly string[];
  readonly key?: string;
  readonly onConflict?: "return" | "reject" | "replace" | "drop";
  readonly fifo?: string;
}

interface Named {
  readonly name: string;
}

/** Makes effects for a handler to return. */
export const effects: {
  /** A run of an action, as `runs.enqueue` makes it. */
  enqueue(action: string | Named, input: unknown, options?: EnqueueEffectOptions): EnqueueEffect;
  /** A message to a process. */
  send(process: string | Named, id: string, message: string, input?: unknown): SendEffect;
  /** A record, as `memory.append` takes it, without an id. */
  remember(record: { readonly content: unknown; readonly [field: string]: unknown }): RememberEffect;
  /** An event for whoever reads the journal. */
  publish(topic: string, payload?: unknown): PublishEffect;
} = {
  enqueue(action, input, options) {
    const kept = options === undefined ? undefined : fieldsIn(plainOptions(options), "options");
    const run = { kind: "enqueue", action: nameOf(action), input: ownCopy(input ?? null) } as const;
    return kept === undefined ? run : { ...run, options: kept };
  },
  send: (process, id, message, input) => ({
    kind: "send",
    process: nameOf(process),
    id,
    message,
    input: ownCopy(input ?? null),
  }),
  remember: (record) => ({ kind: "remember", record: fieldsIn(record, "record") }),
  publish: (topic, payload) => ({ kind: "publish", topic, payload: ownCopy(payload ?? null) }),
};

function plainOptions({ delay, at, ...rest }: EnqueueEffectOptions): object {
  return {
    ...rest,
    ...(delay === undefined ? {} : { delay: Math.round(parseDuration(delay)) }),
    ...(at === undefined ? {} : { at: parseInstant(at) }),
  };
}

function nameOf(named: string | Named): string {
  return typeof named === "string" ? named : named.name;
}

/** What a handler returned as effects, whoever made them. Throws `process.wrong-result`, `json.invalid`. */
export function readEffects(given: unknown): readonly Effect[] {
  if (given === undefined) return none;
  if (!Array.isArray(given)) return refuse("effects", given, "a list");
  return given.map((item, index) => readEffect(ownCopy(item), `effects.${index}`));
}
const none: readonly Effect[] = Object.freeze([]);

function readEffect(effect: Json, place: string): Effect {
  const fields = fieldsIn(effect, place);
  const text = (name: string): string => {
    const value = fields[name];
    return typeof value === "string" && value !== "" ? value : refuse(`${place}.${name}`, value, "a text");
  };
  const kind = text("kind");
  switch (kind) {
    case "enqueue": {
      const run = { kind: "enqueue", action: text("action"), input: fields["input"] ?? null } as const;
      if (fields["options"] === undefined) return run;
      return { ...run, options: fieldsIn(fields["options"], `${place}.options`) };
    }
    case "send":
      return {
        kind: "send",
        process: text("process"),
        id: text("id"),
        message: text("message"),
        input: fields["input"] ?? null,
      };
    case "remember":
      return { kind: "remember", record: fieldsIn(fields["record"] ?? null, `${place}.record`) };
    case "publish":
      return { kind: "publish", topic: text("topic"), payload: fields["payload"] ?? null };
    default:
      return refuse(`${place}.kind`, kind, "one of enqueue, send, remember, publish");
  }
}

function fieldsIn(value: unknown, place: string): JsonObject {
  const copy = ownCopy(value);
  if (isFields(copy)) return copy;
  return refuse(place, value, "an object");
}

function refuse(place: string, value: unknown, wanted: string): never {
  const shown = quote(value).slice(0, 80);
  throw new EscapementError(
    "process.wrong-result",
    `A handler returned ${shown} as ${place}: it must be ${wanted}. Make effects with effects.enqueue, send, remember or publish.`,
    { details: { field: place } },
  );
}
