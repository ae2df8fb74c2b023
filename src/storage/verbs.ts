// Which verbs of each noun read and which write: an engine sends them different ways.
// Complete by type: a verb that is added to the port and forgotten here does not compile.
import type { StorageNouns } from "./storage.ts";

type VerbTable = {
  readonly [Noun in keyof StorageNouns]: Readonly<Record<keyof StorageNouns[Noun], "read" | "write">>;
};

export const verbs: VerbTable = {
  runs: {
    enqueue: "write",
    claim: "write",
    settle: "write",
    progress: "write",
    cancel: "write",
    redrive: "write",
    recover: "write",
    held: "read",
    get: "read",
    list: "read",
    counts: "read",
  },
  steps: { save: "write", load: "read" },
  tasks: {
    register: "write",
    setEnabled: "write",
    remove: "write",
    fire: "write",
    backfill: "write",
    get: "read",
    list: "read",
    occurrences: "read",
    skipCounts: "read",
    definitionAt: "read",
  },
  processes: {
    send: "write",
    claim: "write",
    commit: "write",
    release: "write",
    resume: "write",
    fork: "write",
    // What waits, and whether it may be handled, is known to the writer.
    waiting: "write",
    messages: "write",
    get: "write",
    list: "write",
    history: "read",
    state: "read",
  },
  journal: {
    append: "write",
    read: "read",
    head: "read",
    bounds: "read",
    closed: "read",
    drop: "write",
  },
  cursors: { take: "write", move: "write", release: "write", remove: "write", list: "read" },
  control: { kill: "write", restore: "write", changeCluster: "write", take: "write", state: "read" },
  gate: { set: "write", next: "write", pending: "read", list: "read" },
  nodes: { join: "write", renew: "write", leave: "write", list: "read" },
  dump: {
    read: "read",
    source: "read",
    copied: "read",
    begin: "write",
    write: "write",
    finish: "write",
  },
  retention: { step: "write" },
  records: {
    append: "write",
    forget: "write",
    sweep: "write",
    get: "read",
    bySeq: "read",
    list: "read",
    ancestors: "read",
    match: "read",
    changes: "read",
    point: "read",
  },
  refs: { set: "write", get: "read", list: "read", log: "read" },
  vectors: { put: "write", read: "read", missing: "read", texts: "read", marked: "read" },
  documents: { write: "write", mark: "write", get: "read", list: "read", state: "read" },
};

/** The nouns as objects whose every method is handed to `call`. */
export function nounsOver(
  call: (noun: string, verb: string, kind: "read" | "write", input: unknown) => Promise<unknown>,
): StorageNouns {
  const nouns = Object.entries(verbs).map(([noun, table]) => [
    noun,
    Object.fromEntries(
      Object.entries<"read" | "write">(table).map(([verb, kind]) => [
        verb,
        (input: unknown) => call(noun, verb, kind, input),
      ]),
    ),
  ]);
  return Object.fromEntries(nouns);
}
