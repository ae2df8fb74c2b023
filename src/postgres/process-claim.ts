// Taking hold of processes in PostgreSQL: those that wait longest, passing over what others have locked, with all that
// is needed to go on with them.
import type { Controls } from "../run/controls.ts";
import { gateOfProcess } from "../run/gate.ts";
import type { ClaimedProcess, ClaimProcessesRequest, MessageRecord } from "../storage/processes.ts";
import { upTo } from "../storage/process-line.ts";
import { decodeFold, decodeMessage, decodeSnapshot } from "../storage/process-row.ts";
import { integer, optional, text, type Row } from "../storage/row.ts";
import { texts, wholeNumbers } from "./columns.ts";
import type { Connection } from "./connection.ts";
import type { PostgresControl } from "./postgres-control.ts";
import type { WriteContext } from "./write-context.ts";

/** Somewhat more than are wanted, because others look at the same ones. */
const longestWaiting = `SELECT line.id FROM unnest($1::text[]) AS known (name), LATERAL (
    SELECT id, waiting FROM escapement.process WHERE process.name = known.name AND waiting IS NOT NULL ORDER BY waiting, id LIMIT $2
  ) AS line ORDER BY line.waiting, line.id LIMIT $2`;
const lock = `SELECT * FROM escapement.process WHERE id = ANY ($1::text[]) AND waiting IS NOT NULL
  ORDER BY id FOR UPDATE SKIP LOCKED`;
const take =
  "UPDATE escapement.process SET node = $2, fence = fence + 1, waiting = NULL, gate = NULL WHERE id = ANY ($1::text[])";
const stop = `UPDATE escapement.process AS p SET waiting = NULL, gate = stopped.gate FROM unnest($1::text[], $2::text[]) AS stopped (id, gate)
  WHERE p.id = ANY ($1::text[]) AND p.id = stopped.id`;
const snapshots = `SELECT s.* FROM unnest($1::text[], $2::bigint[]) AS held (id, folded),
  LATERAL (SELECT * FROM escapement.snapshot WHERE snapshot.process = held.id AND snapshot.slot < held.folded
    ORDER BY snapshot.slot DESC LIMIT 1) AS s`;
const folds = `SELECT f.* FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS held (id, behind, folded),
  LATERAL (SELECT * FROM escapement.fold WHERE fold.process = held.id AND fold.slot > held.behind AND fold.slot < held.folded) AS f
  ORDER BY f.process, f.slot`;
const messages = `SELECT m.* FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS held (id, first, last),
  LATERAL (SELECT *, sum(length(input)) OVER (ORDER BY slot) AS size FROM escapement.message
    WHERE message.process = held.id AND message.slot BETWEEN held.first AND held.last) AS m
  WHERE m.slot = held.first OR m.size <= $4 ORDER BY m.process, m.slot`;
/** Inputs handed over at once, in characters, beside the first of each. */
const enoughText = 4_194_304;

export async function claimProcesses(
  context: WriteContext,
  control: PostgresControl,
  request: ClaimProcessesRequest,
): Promise<ClaimedProcess[]> {
  const { connection } = context;
  const controls = await control.share(context);
  const { names, limit, node } = request;
  let free: Row[] = [];
  for (let stopped = true; stopped && free.length < limit;) {
    const found = await connection.all(longestWaiting, texts(names), limit * 2);
    const locked = await connection.all(lock, texts(found.map((row) => text(row["id"]))));
    free = locked.filter((row) => integer(row["folded"]) < upTo(row, controls));
    stopped = await stopBeforeGates(connection, locked, controls);
  }
  free = free.toSorted((one, other) => integer(one["waiting"]) - integer(other["waiting"])).slice(0, limit);
  if (free.length === 0) return [];
  await connection.run(take, texts(free.map((row) => text(row["id"]))), node);
  return load(connection, free, {
    untilOf: (row) => upTo(row, controls),
    messages: request.messages,
  });
}

/** Whoever waits before a gate leaves the line: claims look at it once. */
async function stopBeforeGates(
  connection: Connection,
  rows: readonly Row[],
  controls: Controls,
): Promise<boolean> {
  if (controls.gates.size === 0) return false;
  const held = rows.flatMap((row) => {
    const id = text(row["id"]);
    const gate = gateOfProcess(controls.gates, id);
    return gate === undefined || integer(row["folded"]) < upTo(row, controls) ? [] : [{ id, gate }];
  });
  if (held.length === 0) return false;
  await connection.run(stop, texts(held.map(({ id }) => id)), texts(held.map(({ gate }) => gate)));
  return true;
}

async function load(
  connection: Connection,
  rows: readonly Row[],
  { untilOf, messages: most }: { readonly untilOf: (row: Row) => number; readonly messages: number },
): Promise<ClaimedProcess[]> {
  const ids = texts(rows.map((row) => text(row["id"])));
  const folded = wholeNumbers(rows.map((row) => integer(row["folded"])));
  const kept = byProcess(await connection.all(snapshots, ids, folded));
  const behind = rows.map((row) => {
    const [snapshot] = kept.get(text(row["id"])) ?? [];
    return snapshot === undefined ? -1 : integer(snapshot["slot"]);
  });
  const after = byProcess(await connection.all(folds, ids, wholeNumbers(behind), folded));
  const last = rows.map(
    (row) => Math.min(integer(row["head"]), untilOf(row), integer(row["folded"]) + most) - 1,
  );
  const share = Math.floor(enoughText / rows.length);
  const waiting = byProcess(await connection.all(messages, ids, folded, wholeNumbers(last), share));
  return rows.map((row) => {
    const id = text(row["id"]);
    const [snapshot] = kept.get(id) ?? [];
    const until = untilOf(row);
    return {
      process: id,
      fence: integer(row["fence"]) + 1,
      head: Math.min(integer(row["head"]), until),
      folded: integer(row["folded"]),
      ...(Number.isFinite(until) ? { until } : {}),
      ...optional("version", row["version"], text),
      ...optional("skip", row["skip"], integer),
      ...(snapshot === undefined ? {} : { snapshot: decodeSnapshot(snapshot) }),
      folds: (after.get(id) ?? []).map(decodeFold),
      messages: (waiting.get(id) ?? []).map((message): MessageRecord => decodeMessage(message)),
    };
  });
}

function byProcess(rows: readonly Row[]): Map<string, Row[]> {
  return Map.groupBy(rows, (row) => text(row["process"]));
}
