// Stops work in a scope.
import { controlView } from "../../contract/control.ts";
import { cliFault } from "../cli-fault.ts";
import { command, type Command } from "../command.ts";
import { connectTo, serverOptions } from "../server-options.ts";
import { showControl } from "./control-status.ts";

const name = "control kill";

export const controlKill: Command = command({
  name,
  summary: "stops work: nothing of the scope is started any more",
  words: [],
  about:
    "Runs under way go on to their end; due times of tasks in the scope are skipped with the reason switch.",
  options: {
    reason: { type: "string", value: "TEXT", help: "why; needed" },
    scope: { type: "string", value: "SCOPE", help: "all (default), cluster:ID, action:NAME or task:ID" },
    until: { type: "string", value: "TIME", help: "lifted by itself at this time (ISO 8601)" },
    ...serverOptions,
  },
  examples: [
    'control kill --reason "database migration"',
    'control kill --scope action:http:request --reason "flood"',
  ],
  async run(call) {
    const { values, output } = call;
    const { scope, reason, until } = values;
    if (reason === undefined) throw cliFault(name, "it needs --reason");
    const body = {
      reason,
      ...(scope === undefined ? {} : { scope }),
      ...(until === undefined ? {} : { until }),
    };
    const status = await connectTo(call).send("POST", "/control/kill", controlView, { body });
    if (values.json === true) return output.json(status);
    showControl(status, output);
  },
});
