// The one spelling of a process: `NAME/ID`. Everything that names a process goes through here, so that two spellings
// of one process can never become two processes.
import { EscapementError } from "../base/errors.ts";
import { quote } from "../base/quote.ts";

export interface ProcessId {
  /** Of the definition. */
  readonly name: string;
  /** Of this one. May hold slashes: the first slash of the whole ends the name. */
  readonly id: string;
}

const namePattern = /^[A-Za-z][\w.-]*$/;
const longestName = 100;
const longestId = 200;

/** Throws `process.invalid`. */
export function parseProcessId(text: string): ProcessId {
  const slash = typeof text === "string" ? text.indexOf("/") : -1;
  if (slash < 0) refuse(text, "write NAME/ID, like counter/room-1");
  const name = text.slice(0, slash);
  if (!isProcessName(name)) refuse(text, `the name before the slash must be ${nameRule}`);
  return { name, id: readInstanceId(text.slice(slash + 1), text) };
}

/** `NAME/ID`; throws `process.invalid`. */
export function formatProcessId(name: string, id: string): string {
  if (!isProcessName(name)) refuse(name, `the name of a process must be ${nameRule}`);
  return `${name}/${readInstanceId(id, id)}`;
}

export const nameRule: string = `a letter, then letters, digits, "_", "-" or ".", at most ${longestName} in all`;

export function isProcessName(value: unknown): value is string {
  return typeof value === "string" && value.length <= longestName && namePattern.test(value);
}

/** An id that looks the same is the same: the composed form (NFC) of what was written. */
function readInstanceId(id: unknown, whole: unknown): string {
  if (typeof id !== "string") refuse(whole, "the id is no text");
  if (id === "") refuse(whole, "the id is empty");
  if (!id.isWellFormed()) refuse(whole, "the id holds half of a surrogate pair");
  const composed = isAscii(id) ? id : id.normalize("NFC");
  if (composed.length > longestId) refuse(whole, `the id is longer than ${longestId} characters`);
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(composed)) refuse(whole, "the id holds a control character");
  if (composed.trim() !== composed) refuse(whole, "the id begins or ends with a space");
  return composed;
}

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) > 127) return false;
  return true;
}

function refuse(value: unknown, why: string): never {
  const text = quote(value);
  const shown = text.length > 80 ? `${text.slice(0, 77)}...` : text;
  throw new EscapementError("process.invalid", `Cannot read the process id ${shown}: ${why}.`, {
    details: { value: shown },
  });
}
