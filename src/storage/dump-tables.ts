// Every table of a database, in the order in which a copy is made: its key, and its columns in the form that both engines
// share. A table or a column that is added to an engine and forgotten here is found by test/scenario/dump-tables.test.ts.

/**
 * `whole` and `number` are numbers, `truth` is true or false, `list` is a list of texts, `json` is JSON text in the one
 * spelling of `JSON.stringify`. All may be null.
 */
export type DumpType = "text" | "whole" | "number" | "truth" | "list" | "json";

export interface DumpTable {
  readonly name: string;
  readonly key: readonly string[];
  readonly columns: Readonly<Record<string, DumpType>>;
  /** Has one row from the beginning on. */
  readonly always?: true;
}

const shared = {
  ...columns("text", "id action params task_id cluster lanes rates key fifo parent_id options error node"),
  ...columns("whole", "priority due_at scheduled_for attempt max_attempts pass passes started_at"),
  ...columns("number", "progress"),
  ...columns("list", "tags"),
};

export const dumpTables: readonly DumpTable[] = [
  table("task", "id", {
    ...columns("text", "id definition paused_note last_error flow"),
    ...columns("whole", "cursor next_due fired run_count error_count last_run version created_at"),
    ...columns("truth", "enabled"),
  }),
  table("task_version", "task_id version", {
    ...columns("text", "task_id definition"),
    ...columns("whole", "version"),
  }),
  table("occurrence", "task_id at reason", {
    ...columns("text", "task_id outcome reason run_id"),
    ...columns("whole", "at until count version"),
  }),
  // A running row stands in no place.
  table("run", "id", { ...shared, ...columns("text", "place"), ...columns("whole", "permit") }),
  table("run_history", "id", {
    ...shared,
    ...columns("text", "state result reason"),
    ...columns("whole", "finished_at"),
  }),
  table("step", "run_id pass name", {
    ...columns("text", "run_id name parent result"),
    ...columns("whole", "seq pass attempt at"),
  }),
  table("process", "id", {
    ...columns("text", "id name chain node version parked forked_from gate"),
    ...columns("whole", "head folded last_at waiting fence skip created_at forked_at permit"),
  }),
  // With the messages of its slots, each a list: id, name, input, at, chain, actor, key, parent.
  table("fold", "process slot", {
    ...columns("text", "process version entries"),
    ...columns("whole", "slot count"),
    ...columns("json", "messages"),
  }),
  // Those that were not handled yet.
  table("message", "process slot", {
    ...columns("text", "process id name input chain actor key parent"),
    ...columns("whole", "slot at"),
  }),
  table("message_key", "process key", {
    ...columns("text", "process key id chain previous"),
    ...columns("whole", "slot at"),
  }),
  table("snapshot", "process slot", {
    ...columns("text", "process version state"),
    ...columns("whole", "slot"),
  }),
  {
    ...table("memory", "one", columns("whole", "one point at vectors texts")),
    always: true,
  },
  // Bytes travel as hexadecimal text.
  table("record", "seq", {
    ...columns("text", "id namespace content_type print forgotten_reason parents metadata body bytes"),
    ...columns("whole", "seq at form forgotten_seq forgotten_at purged_seq"),
  }),
  table("vector", "version", {
    ...columns("text", "model data"),
    ...columns("whole", "version seq dimensions"),
  }),
  table("ref", "name", columns("text", "name target")),
  table("ref_log", "seq", { ...columns("text", "name from_id to_id actor"), ...columns("whole", "seq at") }),
  table("store", "name", { ...columns("text", "name"), ...columns("whole", "floor last_run_at") }),
  table("document", "store key", {
    ...columns("text", "store key body"),
    ...columns("whole", "version created_at updated_at"),
  }),
  table("lane", "key", { ...columns("text", "key"), ...columns("whole", "seats") }),
  table("rate", "key", {
    ...columns("text", "key spec"),
    ...columns("number", "tat"),
    ...columns("whole", "wake_at"),
  }),
  table("switch", "scope", {
    ...columns("text", "scope reason actor"),
    ...columns("whole", "at until"),
  }),
  table("cluster", "id", {
    ...columns("text", "id label reason"),
    ...columns("number", "rate_limit rate_per_ms rate_burst"),
    ...columns("truth", "enabled"),
  }),
  table("gate", "scope", { ...columns("text", "scope actor reason"), ...columns("whole", "at") }),
  table("gate_move", "scope", { ...columns("text", "scope"), ...columns("whole", "seq") }),
  table("gate_key", "key", { ...columns("text", "key scope answer"), ...columns("whole", "at") }),
  table("lease", "node", { ...columns("text", "node"), ...columns("whole", "started_at lease_until") }),
  table("cursor", "name", {
    ...columns("text", "name holder error"),
    ...columns("whole", "seq lease_until failures created_at moved_at"),
  }),
  // A row is one event, however the engine keeps them.
  table("journal", "seq", {
    ...columns("text", "kind actor subject parent label data chain"),
    ...columns("whole", "seq at commit_seq"),
    ...columns("number", "duration_ms"),
  }),
  {
    ...table("journal_end", "one", {
      ...columns("text", "first_chain chain"),
      ...columns("whole", "one first audited"),
    }),
    always: true,
  },
  table("tally", "name", { ...columns("text", "name"), ...columns("whole", "value") }),
];

/** Tables of an engine that are in no copy, because they follow from others or are about the database itself. */
export const derivedTables: Readonly<Record<string, string>> = {
  migration: "which tables there are",
  record_terms: "the index of the records",
  record_terms_data: "a part of that index",
  record_terms_idx: "a part of that index",
  record_terms_config: "a part of that index",
  copy: "how far a copy has come",
  fifo: "follows from the runs",
  control: "a number that only has to change",
  journal_inbox: "events on their way to the journal; a copy reads them as numbered",
  journal_head: "the head follows from the journal, the rest is journal_end",
};

/** Columns that only one engine has, and what a copy makes of them. */
export const derivedColumns: Readonly<Record<string, string>> = {
  "run.first_seq": "follows from the journal",
  "run_history.first_seq": "follows from the journal",
  "run_history.last_seq": "follows from the journal",
  "process.first_seq": "follows from the journal",
  "fold.seq": "the order of arrival over all processes, which nothing depends on",
  "snapshot.seq": "the order of arrival over all processes, which nothing depends on",
  "message.seq": "the order of arrival over all processes, which nothing depends on",
  "message.previous": "stands in message_key",
  "record.terms": "the index of the records",
  "run.fence": "which claim took it: none that could still be asked",
};

/** Throws for a name that is none of theirs: it would come from outside. */
export function dumpTable(name: string): DumpTable {
  const found = dumpTables.find((one) => one.name === name);
  if (found === undefined) throw new TypeError(`There is no table ${JSON.stringify(name)}.`);
  return found;
}

function table(name: string, key: string, types: Readonly<Record<string, DumpType>>): DumpTable {
  return { name, key: key.split(" "), columns: types };
}

function columns(type: DumpType, names: string): Record<string, DumpType> {
  return Object.fromEntries(names.split(" ").map((name) => [name, type]));
}
