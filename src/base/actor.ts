// Who asks for a change, as the journal names it: one line, whoever gave it.
import { EscapementError, type ErrorCode } from "./errors.ts";
import { isPlain } from "./plain-text.ts";
import { show } from "./quote.ts";

const longestActor = 200;

/** `system` unless given. Throws an error of that code. */
export function readActor(actor: string | undefined, code: ErrorCode): string {
  if (actor === undefined) return "system";
  if (typeof actor === "string" && actor !== "" && actor.length <= longestActor && isPlain(actor))
    return actor;
  throw new EscapementError(
    code,
    `Cannot act as ${show(actor)}: an actor is a text of 1 to ${longestActor} characters on one line, like "user:ann".`,
  );
}
