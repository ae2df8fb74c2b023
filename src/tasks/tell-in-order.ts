// Lines of the ledger told as single times, oldest first. A span may reach over lines that begin later, so what has
// begun is kept open and told as far as the next line's beginning. Never holds more than the lines that overlap.
import type { Instant } from "../base/clock.ts";

export interface Told {
  readonly at: Date;
  readonly outcome: "run" | "skipped";
}

/** The times of one line, oldest first; none of them lies before `at`. */
export interface Line<Time extends Told> {
  readonly at: Instant;
  readonly times: Iterable<Time>;
}

interface Open<Time> {
  head: Time;
  readonly rest: Iterator<Time>;
}

/** `lines` in the order of their beginnings, `beside` in any. A time that was skipped and ran later is a run. */
export async function* tellInOrder<Time extends Told>(
  lines: AsyncIterable<Line<Time>>,
  beside: readonly Line<Time>[] = [],
): AsyncGenerator<Time, void, undefined> {
  const open: Open<Time>[] = [];
  for (const line of beside) begin(open, line);
  for await (const line of lines) {
    yield* tellBefore(open, line.at);
    begin(open, line);
  }
  yield* tellBefore(open, Number.POSITIVE_INFINITY);
}

function begin<Time>(open: Open<Time>[], line: { readonly times: Iterable<Time> }): void {
  const rest = line.times[Symbol.iterator]();
  const first = rest.next();
  if (first.done !== true) open.push({ head: first.value, rest });
}

function* tellBefore<Time extends Told>(open: Open<Time>[], end: Instant): Generator<Time, void, undefined> {
  for (;;) {
    let at = Number.POSITIVE_INFINITY;
    for (const { head } of open) at = Math.min(at, head.at.getTime());
    if (at >= end) return;
    const heads = takeAt(open, at);
    const run = heads.find(({ outcome }) => outcome === "run");
    if (run === undefined) yield* heads;
    else yield run;
  }
}

/** The heads that stand at one time; their lines move on, or are closed when they are told. */
function takeAt<Time extends Told>(open: Open<Time>[], at: Instant): Time[] {
  const here = open.filter(({ head }) => head.at.getTime() === at);
  const heads = here.map(({ head }) => head);
  for (const line of here) {
    const next = line.rest.next();
    if (next.done === true) open.splice(open.indexOf(line), 1);
    else line.head = next.value;
  }
  return heads;
}
