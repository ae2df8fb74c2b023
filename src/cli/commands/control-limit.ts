// How many runs of a cluster may start per period.
import { clusterView } from "../../contract/control.ts";
import { cliFault } from "../cli-fault.ts";
import { command, type Command } from "../command.ts";
import { readNumber } from "../read-option.ts";
import { connectTo, serverOptions } from "../server-options.ts";
import { showCluster } from "./control-status.ts";

const name = "control limit";

export const controlLimit: Command = command({
  name,
  summary: "limits how many runs of a cluster may start per period",
  words: ["CLUSTER", "[LIMIT]"],
  options: {
    per: { type: "string", value: "DURATION", help: "the period; default 1m" },
    burst: {
      type: "string",
      value: "NUMBER",
      help: "how many at once after a quiet time; default the limit",
    },
    none: { type: "boolean", help: "take the limit away" },
    ...serverOptions,
  },
  examples: ["control limit api 100 --per 1m", "control limit api --none"],
  async run(call) {
    const {
      values,
      words: [cluster = "", limit],
      output,
    } = call;
    const { per, burst, none } = values;
    if ((limit === undefined) === (none !== true)) throw cliFault(name, "give either LIMIT or --none");
    const body = {
      limit: limit === undefined ? null : readNumber("LIMIT", limit),
      ...(per === undefined ? {} : { per }),
      ...(burst === undefined ? {} : { burst: readNumber("--burst", burst) }),
    };
    const path = `/control/clusters/${encodeURIComponent(cluster)}/limit`;
    const changed = await connectTo(call).send("PUT", path, clusterView, { body });
    if (values.json === true) return output.json(changed);
    showCluster(changed, output);
  },
});
