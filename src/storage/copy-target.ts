// May a copy be made into this database? Pure, so that both engines answer alike.
import { EscapementError } from "../base/errors.ts";
import type { CopyState } from "./dump.ts";

const fresh: Omit<CopyState, "source"> = { table: null, after: null, rows: 0, finished: false };

/** Where the copy begins or goes on. `occupied` is a table that has rows. Throws `copy.conflict`. */
export function judgeTarget(
  state: CopyState | undefined,
  { source, occupied }: { readonly source: string; readonly occupied: string | undefined },
): CopyState {
  if (state === undefined) {
    if (occupied === undefined) return { ...fresh, source };
    throw conflict(
      `there is data in it already (in ${occupied}): a copy needs an empty database or a new file`,
    );
  }
  if (state.finished) throw conflict("a copy into it is complete already: nothing is left to be done");
  if (state.source === source) return state;
  throw conflict(
    "it holds a part of another copy, or the source has been worked on since: empty it, and begin anew",
  );
}

/** Somebody else has written meanwhile. */
export function twoCopies(): EscapementError {
  return conflict("another copy writes into it at the same time: let that one end");
}

function conflict(why: string): EscapementError {
  return new EscapementError("copy.conflict", `Cannot copy into this database: ${why}.`);
}

/** Throws `copy.unfinished` where a copy was begun and not ended: what is missing would be taken for what never was. */
export function refuseUnfinished(state: CopyState | undefined, address: string): void {
  if (state === undefined || state.finished) return;
  throw new EscapementError(
    "copy.unfinished",
    `Cannot work on ${address}: a copy into it was begun and is not complete. Run the same "escapement copy" again, it goes on where it stopped.`,
    { details: { rows: state.rows } },
  );
}
