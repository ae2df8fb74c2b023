// What commits have to say of processes, put together.
import type { CommitHint } from "./storage.ts";

type ProcessHint = Pick<CommitHint, "messages" | "handled">;

/** The latest head of each; where some are not named, none is. */
export function mergeProcessHints(hints: readonly ProcessHint[]): ProcessHint {
  const sent = hints.flatMap((hint) => (hint.messages === undefined ? [] : [hint.messages]));
  const handled = hints.flatMap((hint) => hint.handled ?? []);
  const isVague = sent.some((heads) => heads.length === 0);
  const messages = sent.length === 1 ? (sent[0] ?? []) : isVague ? [] : latest(sent.flat());
  return {
    ...(sent.length === 0 ? {} : { messages }),
    ...(handled.length === 0 ? {} : { handled: hints.length === 1 ? handled : [...new Set(handled)] }),
  };
}

function latest(heads: NonNullable<CommitHint["messages"]>): NonNullable<CommitHint["messages"]> {
  const known = new Map<string, number>();
  for (const [process, head] of heads) known.set(process, Math.max(head, known.get(process) ?? 0));
  return [...known];
}
