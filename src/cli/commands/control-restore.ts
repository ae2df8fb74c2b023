// Lets a scope run again.
import { restoredView } from "../../contract/control.ts";
import { command, type Command } from "../command.ts";
import { connectTo, serverOptions } from "../server-options.ts";

export const controlRestore: Command = command({
  name: "control restore",
  summary: "lets a scope run again",
  words: [],
  options: {
    scope: { type: "string", value: "SCOPE", help: "all (default), cluster:ID, action:NAME or task:ID" },
    ...serverOptions,
  },
  examples: ["control restore", "control restore --scope action:http:request"],
  async run(call) {
    const { values, output } = call;
    const { scope } = values;
    const body = scope === undefined ? {} : { scope };
    const answer = await connectTo(call).send("POST", "/control/restore", restoredView, { body });
    if (values.json === true) return output.json(answer);
    output.line(`${scope ?? "all"} ${answer.restored ? "runs again" : "was not killed"}.`);
  },
});
