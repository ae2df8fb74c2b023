// A command line that cannot be read: one sentence, and where help is.
import { EscapementError } from "../base/errors.ts";

export function cliFault(command: string, why: string, cause?: unknown): EscapementError {
  const where = command === "" ? "escapement --help" : `escapement ${command} --help`;
  const what = command === "" ? "Cannot read the command" : `Cannot run "escapement ${command}"`;
  return new EscapementError("cli.invalid", `${what}: ${why}. See ${where}.`, { cause });
}
