// Whether a record may be kept and whether a ref may move: the same answer and the same words on every engine.
// Decides over what is there; never looks itself.
import { EscapementError } from "../base/errors.ts";

/** What is kept under an id already. */
export interface Standing {
  readonly print: string;
  readonly forgotten: boolean;
}

/** Passes when the same record is there already. Throws `memory.conflict` and `memory.forgotten`. */
export function admitAgain(record: { readonly id: string; readonly print: string }, there: Standing): void {
  const { id } = record;
  const shown = JSON.stringify(id);
  if (there.forgotten)
    throw new EscapementError(
      "memory.forgotten",
      `Cannot keep ${shown} again: it was forgotten, and what was forgotten does not come back. Give the record another id.`,
      { details: { id } },
    );
  if (there.print !== record.print)
    throw new EscapementError(
      "memory.conflict",
      `Cannot keep ${shown}: there is another record with this id, and records never change. Leave the id out, or keep a new record whose parent is the old one.`,
      { details: { id, print: record.print, found: there.print } },
    );
}

export interface AskedMove {
  readonly name: string;
  readonly to: string | null;
  readonly expected: string | null;
}

/** Whether the ref has to move at all. Throws `memory.conflict`, `memory.not-found` and `memory.forgotten`. */
export function admitMove(
  { name, to, expected }: AskedMove,
  current: string | null,
  target: Standing | undefined,
): boolean {
  const shown = JSON.stringify(name);
  if (current !== expected)
    throw new EscapementError(
      "memory.conflict",
      `Cannot move ref ${shown}: it stands ${placeOf(current)}, not ${placeOf(expected)}. Read it again and decide anew.`,
      { details: { ref: name, expected, found: current } },
    );
  if (to === current) return false;
  if (to === null) return true;
  const details = { ref: name, id: to };
  if (target === undefined)
    throw new EscapementError(
      "memory.not-found",
      `Cannot move ref ${shown} to ${JSON.stringify(to)}: there is no such record. Keep the record first, or with "advance" in the same step.`,
      { details },
    );
  if (target.forgotten)
    throw new EscapementError(
      "memory.forgotten",
      `Cannot move ref ${shown} to ${JSON.stringify(to)}: that record was forgotten.`,
      { details },
    );
  return true;
}

function placeOf(id: string | null): string {
  return id === null ? "nowhere" : `on ${JSON.stringify(id)}`;
}
