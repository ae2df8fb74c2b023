// An event of a caller's own kind, as it is handed in. What Escapement itself writes cannot be forged this way.
import { readActor } from "../base/actor.ts";
import type { Instant } from "../base/clock.ts";
import { EscapementError } from "../base/errors.ts";
import { decodeJson, encodeJson, type Json } from "../base/json.ts";
import { checkOptions } from "../base/options.ts";
import { isPlain } from "../base/plain-text.ts";
import { show } from "../base/quote.ts";
import { eventKinds, type NewEvent } from "../event/event.ts";

export interface NoteOptions {
  readonly actor?: string;
  readonly subject?: string;
}

const longestSubject = 500;

/** Throws `journal.invalid` and `json.invalid`. */
export function readNote(
  kind: string,
  data: Json | undefined,
  { now, payloadLimit, ...options }: NoteOptions & { readonly now: Instant; readonly payloadLimit: number },
): NewEvent {
  if (typeof kind !== "string" || !/^[a-z][\w.:-]{0,99}$/i.test(kind))
    throw invalid(`Cannot note ${show(kind)}: a kind is a word like "deploy.finished".`);
  if (Object.hasOwn(eventKinds, kind)) {
    throw invalid(
      `Cannot note "${kind}": that is what Escapement itself writes, and a journal that can be forged proves nothing. Use a kind of your own.`,
    );
  }
  checkOptions(options, ["actor", "subject"], { code: "journal.invalid", what: `Cannot note "${kind}".` });
  const { subject = "note" } = options;
  if (typeof subject !== "string" || subject === "" || subject.length > longestSubject || !isPlain(subject))
    throw invalid(
      `Cannot note something about ${show(subject)}: a subject is a text of 1 to ${longestSubject} characters on one line.`,
    );
  const actor = readActor(options.actor, "journal.invalid");
  if (data === undefined) return { at: now, kind, actor, subject };
  return { at: now, kind, actor, subject, data: decodeJson(encodeJson(data, payloadLimit)) };
}

function invalid(message: string): EscapementError {
  return new EscapementError("journal.invalid", message);
}
