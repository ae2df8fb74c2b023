// Holds a scope, or lets it go.
import { gateChangeView } from "../../contract/gate.ts";
import { command, type Command } from "../command.ts";
import { connectTo, serverOptions } from "../server-options.ts";
import { showGates } from "./control-status.ts";

export const gateSet: Command = command({
  name: "gate set",
  summary: "holds work so that it starts one by one, or lets it go again",
  words: ["SCOPE", "MODE"],
  about:
    "SCOPE is all, action:NAME, task:ID or process:NAME/ID. MODE is stepper (nothing starts without gate next) or realtime (everything that was held goes on, in order).",
  options: {
    reason: { type: "string", value: "TEXT", help: "why, for whoever looks next" },
    ...serverOptions,
  },
  examples: [
    "gate set all stepper",
    'gate set task:report stepper --reason "why is it slow"',
    "gate set all realtime",
  ],
  async run(call) {
    const {
      values,
      words: [scope = "", mode = ""],
      output,
    } = call;
    const body = { scope, mode, ...(values.reason === undefined ? {} : { reason: values.reason }) };
    const answer = await connectTo(call).send("POST", "/gate", gateChangeView, { body });
    if (values.json === true) return output.json(answer);
    if (!answer.changed) output.line(`${scope} was not held by a gate of its own.`);
    showGates(answer.gates, output);
  },
});
