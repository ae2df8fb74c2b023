// New runs as the values of one statement. A column that is the same for all of them, as most are, is sent once; the
// others are lists. Ids and params are one text each, because nothing in them has to be quoted.
import { encodeFlow } from "../storage/flow-row.ts";
import type { NewRun } from "../storage/runs.ts";
import { joined, onceOrList, splitTexts, texts, type ColumnType, type Value } from "./columns.ts";

interface Column {
  readonly name: string;
  readonly type: ColumnType;
  readonly read: (run: NewRun) => Value;
}

const columns: readonly Column[] = [
  { name: "priority", type: "bigint", read: (run) => run.priority },
  { name: "due_at", type: "bigint", read: (run) => run.dueAt },
  { name: "scheduled_for", type: "bigint", read: (run) => run.scheduledFor },
  { name: "max_attempts", type: "bigint", read: (run) => run.maxAttempts },
  { name: "passes", type: "bigint", read: (run) => run.passes },
  { name: "action", type: "text", read: (run) => run.action },
  { name: "task_id", type: "text", read: (run) => run.taskId },
  { name: "cluster", type: "text", read: (run) => run.cluster },
  { name: "lanes", type: "text", read: (run) => encodeFlow(run.lanes) },
  { name: "rates", type: "text", read: (run) => encodeFlow(run.rates) },
  { name: "key", type: "text", read: (run) => run.key },
  { name: "fifo", type: "text", read: (run) => run.fifo },
  { name: "parent_id", type: "text", read: (run) => run.parentId },
  { name: "tags", type: "text", read: (run) => (run.tags.length === 0 ? null : texts(run.tags)) },
  { name: "options", type: "text", read: (run) => run.options },
];

const names = columns.map((column) => column.name).join(", ");
/** $1 ids, $2 params, $3 and $4 places, and then two of each column: what all have, and else the list. */
const lists = columns.map(({ name, type }, index) => `unnest($${index * 2 + 6}::${type}[]) AS ${name}`);
const either = columns.map(({ name, type }, index) => {
  const value = `coalesce(${name}, $${index * 2 + 5}::${type})`;
  return name === "tags" ? `${value}::text[]` : value;
});

export const insertRuns: string = `INSERT INTO escapement.run (id, params, place, ${names})
  SELECT id, params, coalesce(place, $3::text), ${either.join(", ")}
  FROM (SELECT ${splitTexts("$1::text")} AS id, ${splitTexts("$2::text")} AS params, unnest($4::text[]) AS place,
    ${lists.join(", ")}) AS given`;

/** How many values `insertRuns` takes. */
export const insertRunsTakes: number = 4 + columns.length * 2;

/** The values of `insertRuns`; no place is the ordinary line. */
export function runColumns(runs: readonly NewRun[], places: readonly string[]): Value[] {
  return [
    joined(runs.map((run) => run.id)),
    joined(runs.map((run) => run.params)),
    ...onceOrList(places, "text"),
    ...columns.flatMap((column) => onceOrList(runs.map(column.read), column.type)),
  ];
}
