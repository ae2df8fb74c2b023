// Durable steps in PostgreSQL: kept by one function of the database, under the fence, however many there are.
import { integer, optional, text, type Row } from "../storage/row.ts";
import type { StepRecord, StepStorage } from "../storage/steps.ts";
import { ids, numbers, texts, wholeNumbers } from "./columns.ts";
import type { Session } from "./session.ts";

const keep = `SELECT held FROM unnest(escapement.save_steps($1, $2::text[], $3::bigint[], $4::integer[], $5::integer[], $6::text[], $7::text[],
  $8::text[], $9::bigint[], $10::double precision[])) WITH ORDINALITY AS answer (held, n) ORDER BY n`;
const ofPass =
  "SELECT name, parent, result, attempt, at FROM escapement.step WHERE run_id = $1 AND pass = $2 ORDER BY seq";

export function stepsIn(session: Session): StepStorage {
  return {
    save: (request) => save(session, request),
    load: ({ runId, pass }) =>
      session.read(async (connection) => (await connection.all(ofPass, runId, pass)).map(decodeStep)),
  };
}

/** Asked again like a read when the connection breaks: what was kept the first time is not kept twice. */
async function save(
  session: Session,
  { node, steps }: Parameters<StepStorage["save"]>[0],
): Promise<readonly boolean[]> {
  if (steps.length === 0) return [];
  const rows = await session.read((connection) =>
    connection.all(
      keep,
      node,
      ids(steps.map((step) => step.runId)),
      numbers(steps.map((step) => step.fence)),
      numbers(steps.map((step) => step.attempt)),
      numbers(steps.map((step) => step.pass)),
      texts(steps.map((step) => step.name)),
      texts(steps.map((step) => step.parent)),
      texts(steps.map((step) => step.result)),
      wholeNumbers(steps.map((step) => step.at)),
      numbers(steps.map((step) => step.durationMs)),
    ),
  );
  session.tell({});
  return rows.map((row) => row["held"] === true);
}

function decodeStep(row: Row): StepRecord {
  return {
    name: text(row["name"]),
    result: text(row["result"]),
    attempt: integer(row["attempt"]),
    at: integer(row["at"]),
    ...optional("parent", row["parent"], text),
  };
}
