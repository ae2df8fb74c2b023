// The lanes and limits of a run as a row keeps them: JSON text, null for none.
import type { Lane } from "../run/lane.ts";
import type { Candidate, Rate } from "../run/plan-claim.ts";
import { text, type Row } from "./row.ts";

/** Also for limits: a list as JSON text, or null when there is nothing in it. */
export function encodeFlow(list: readonly Lane[] | readonly Rate[]): string | null {
  return list.length === 0 ? null : JSON.stringify(list);
}

const noLanes: readonly Lane[] = [];
const noRates: readonly Rate[] = [];

export function decodeLanes(value: unknown): readonly Lane[] {
  if (typeof value !== "string") return noLanes;
  const list: unknown = JSON.parse(value);
  return Array.isArray(list) ? list.filter(isLane) : noLanes;
}

function isLane(value: unknown): value is Lane {
  return typeof value === "object" && value !== null && "key" in value && "limit" in value;
}

function decodeRates(value: unknown): readonly Rate[] {
  if (typeof value !== "string") return noRates;
  const rates: Rate[] = JSON.parse(value);
  return rates;
}

/** A due row as the plan of a claim judges it. */
export function candidateOf(row: Row): Candidate {
  const { cluster, task_id: taskId } = row;
  return {
    id: text(row["id"]),
    action: text(row["action"]),
    cluster: typeof cluster === "string" ? cluster : undefined,
    taskId: typeof taskId === "string" ? taskId : undefined,
    lanes: decodeLanes(row["lanes"]),
    rates: decodeRates(row["rates"]),
    permitted: typeof row["permit"] === "number",
  };
}
