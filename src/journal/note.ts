// An event of a caller's own kind, as it is handed in. What Escapement itself writes cannot be forged this way.
import type { Instant } from "../base/clock.ts";
import { EscapementError } from "../base/errors.ts";
import { encodeJson, type Json } from "../base/json.ts";
import { quote } from "../base/quote.ts";
import { eventKinds, type NewEvent } from "../event/event.ts";

export interface NoteOptions {
  readonly actor?: string;
  readonly subject?: string;
}

/** Throws `journal.invalid` and `json.invalid`. */
export function readNote(
  kind: string,
  data: Json | undefined,
  { now, actor = "system", subject = "note" }: NoteOptions & { readonly now: Instant },
): NewEvent {
  if (typeof kind !== "string" || !/^[a-z][\w.:-]{0,99}$/i.test(kind)) {
    throw new EscapementError(
      "journal.invalid",
      `Cannot note ${quote(kind)}: a kind is a word like "deploy.finished".`,
    );
  }
  if (Object.hasOwn(eventKinds, kind)) {
    throw new EscapementError(
      "journal.invalid",
      `Cannot note "${kind}": that is what Escapement itself writes, and a journal that can be forged proves nothing. Use a kind of your own.`,
    );
  }
  if (data !== undefined) encodeJson(data);
  return { at: now, kind, actor, subject, ...(data === undefined ? {} : { data }) };
}
