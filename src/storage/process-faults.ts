// What is wrong with a call about a process, in the same words from both engines.
import { EscapementError } from "../base/errors.ts";

export function noProcess(id: string): EscapementError {
  return new EscapementError(
    "process.not-found",
    `There is no process ${JSON.stringify(id)}: it begins with its first message.`,
    { details: { process: id } },
  );
}

export function takenProcess(id: string): EscapementError {
  return new EscapementError(
    "process.conflict",
    `There is a process ${JSON.stringify(id)} already: give the fork another id.`,
    { details: { process: id } },
  );
}

export function unhandledSlot(id: string, at: number, folded: number): EscapementError {
  const last = folded === 0 ? "none was handled yet" : `the last that was handled is ${folded - 1}`;
  return new EscapementError(
    "process.invalid",
    `Slot ${at} of process ${JSON.stringify(id)} has no state: ${last}.`,
    {
      details: { process: id, at, folded },
    },
  );
}
