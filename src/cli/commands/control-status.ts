// What is stopped or held, and the clusters with their limits.
import { systemClock } from "../../base/clock.ts";
import { formatDuration } from "../../base/duration.ts";
import { controlView, type Cluster, type ControlStatus } from "../../contract/control.ts";
import { command, type Command } from "../command.ts";
import type { Output } from "../output.ts";
import { connectTo, serverOptions } from "../server-options.ts";
import { when } from "../when.ts";

export const controlStatus: Command = command({
  name: "control status",
  summary: "what is stopped or held, and the clusters with their limits",
  words: [],
  options: serverOptions,
  examples: ["control status", "control status --json"],
  async run(call) {
    const { values, output } = call;
    const status = await connectTo(call).get("/control", controlView);
    if (values.json === true) return output.json(status);
    showControl(status, output);
  },
});

const killColumns = [
  { heading: "KILLED", importance: 9 },
  { heading: "REASON", importance: 7, least: 10 },
  { heading: "BY", importance: 5 },
  { heading: "SINCE", importance: 6 },
  { heading: "UNTIL", importance: 8 },
];
const clusterColumns = [
  { heading: "CLUSTER", importance: 9 },
  { heading: "STATE", importance: 8 },
  { heading: "LIMIT", importance: 7 },
  { heading: "LABEL", importance: 5, least: 8 },
  { heading: "REASON", importance: 6, least: 10 },
];

const gateColumns = [
  { heading: "HELD BY A GATE", importance: 9 },
  { heading: "REASON", importance: 7, least: 10 },
  { heading: "BY", importance: 5 },
  { heading: "SINCE", importance: 6 },
];

export function showControl({ killed, clusters, gates }: ControlStatus, output: Output): void {
  const now = systemClock.now();
  const rows = killed.map(({ scope, reason, actor, at, until }) => [
    scope,
    reason,
    actor,
    when(at, now),
    until === undefined ? "restored" : when(until, now),
  ]);
  output.table(killColumns, rows, "Nothing is killed.");
  output.line("");
  output.table(clusterColumns, clusters.map(clusterCells), "There are no clusters.");
  output.line("");
  showGates(gates, output);
}

export function showGates(gates: ControlStatus["gates"], output: Output): void {
  const now = systemClock.now();
  const rows = gates.map(({ scope, reason = "", actor, at }) => [scope, reason, actor, when(at, now)]);
  output.table(gateColumns, rows, "No gate is shut.");
}

function clusterCells({ id, enabled, limit, label = "", reason = "" }: Cluster): readonly string[] {
  const rate = limit === undefined ? "" : `${limit.limit} per ${formatDuration(limit.perMs)}`;
  return [id, enabled ? "on" : "off", rate, label, enabled ? "" : reason];
}

export function showCluster(cluster: Cluster, output: Output): void {
  output.table(clusterColumns, [clusterCells(cluster)], "");
}
