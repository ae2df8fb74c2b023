// What the plain claim took, out of the one text in which its function writes it; see migrations/0002-functions.ts.
// The runs come as they lie in the table, which nearly always is the order in which they are to start.
import type { ClaimedRun } from "../storage/runs.ts";
import { recordSeparator } from "./columns.ts";

const unitSeparator = "\u001F";

interface Taken {
  readonly run: ClaimedRun;
  readonly place: string;
  readonly priority: number;
  readonly dueAt: number;
}

/** In the order in which they are to start. */
export function decodeRuns(text: string, fence: number): readonly ClaimedRun[] {
  const taken = text.split(recordSeparator).map((line) => decodeLine(line, fence));
  const isInOrder = taken.every((one, index) => {
    const before = taken[index - 1];
    return before === undefined || compare(before, one) <= 0;
  });
  return (isInOrder ? taken : taken.toSorted(compare)).map((one) => one.run);
}

/** By place from the last to the first, by priority from the highest, by due time, by id. */
function compare(one: Taken, other: Taken): number {
  if (one.place !== other.place) return one.place < other.place ? 1 : -1;
  return other.priority - one.priority || one.dueAt - other.dueAt || (one.run.id <= other.run.id ? -1 : 1);
}

function decodeLine(line: string, fence: number): Taken {
  const [
    id = "",
    action = "",
    priority,
    dueAt,
    scheduledFor,
    attempt,
    maxAttempts,
    pass,
    passes,
    task = "",
    options = "",
    place = "",
    params = "",
  ] = line.split(unitSeparator);
  const run = {
    id,
    fence,
    action,
    params,
    scheduledFor: Number(scheduledFor),
    attempt: Number(attempt),
    maxAttempts: Number(maxAttempts),
    pass: Number(pass),
    passes: Number(passes),
    ...(task === "" ? {} : { taskId: String(JSON.parse(task)) }),
    ...(options === "" ? {} : { options }),
  };
  return { run, place, priority: Number(priority), dueAt: Number(dueAt) };
}
