// What an event of a user's own kind may be called and carry.
import { EscapementError } from "../base/errors.ts";
import { encodeJson } from "../base/json.ts";
import { quote } from "../base/quote.ts";
import { eventKinds } from "./event.ts";

const kindPattern = /^[a-z][\w.:-]{0,99}$/i;

/** Throws `journal.invalid`, `json.invalid`, `json.too-large`. */
export function checkNote(kind: unknown, data: unknown): void {
  if (typeof kind !== "string" || !kindPattern.test(kind)) {
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
}
