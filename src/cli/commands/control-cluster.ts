// Shows a cluster, or defines it and switches it on and off.
import { clusterView } from "../../contract/control.ts";
import { cliFault } from "../cli-fault.ts";
import { command, type Command } from "../command.ts";
import { connectTo, serverOptions } from "../server-options.ts";
import { showCluster } from "./control-status.ts";

const name = "control cluster";

export const controlCluster: Command = command({
  name,
  summary: "shows a cluster, or switches it on and off",
  words: ["ID"],
  about: "Without --on, --off and --label it only shows. A cluster that is not there yet is made.",
  options: {
    on: { type: "boolean", help: "let its work run" },
    off: { type: "boolean", help: "keep its work from starting" },
    reason: { type: "string", value: "TEXT", help: "why it is off" },
    label: { type: "string", value: "TEXT", help: "a name for people" },
    ...serverOptions,
  },
  examples: [
    "control cluster api",
    'control cluster api --off --reason "moving house"',
    "control cluster api --on",
  ],
  async run(call) {
    const {
      values,
      words: [id = ""],
      output,
    } = call;
    const { on, off, reason, label } = values;
    if (on === true && off === true) throw cliFault(name, "give either --on or --off");
    const change = {
      ...(on === true ? { enabled: true } : {}),
      ...(off === true ? { enabled: false } : {}),
      ...(reason === undefined ? {} : { reason }),
      ...(label === undefined ? {} : { label }),
    };
    const path = `/control/clusters/${encodeURIComponent(id)}`;
    const client = connectTo(call);
    const cluster =
      Object.keys(change).length === 0
        ? await client.get(path, clusterView)
        : await client.send("PUT", path, clusterView, { body: change });
    if (values.json === true) return output.json(cluster);
    showCluster(cluster, output);
  },
});
