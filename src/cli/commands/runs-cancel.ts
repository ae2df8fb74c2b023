// Ends a run as cancelled, wherever it is.
import { runView } from "../../contract/run.ts";
import { command, type Command } from "../command.ts";
import { connectTo, serverOptions } from "../server-options.ts";

export const runsCancel: Command = command({
  name: "runs cancel",
  summary: "ends a run as cancelled, wherever it is",
  words: ["ID"],
  about: "A handler under way is told by its signal. A run that has ended stays as it is.",
  options: {
    reason: { type: "string", value: "TEXT", help: "why, for whoever looks next" },
    ...serverOptions,
  },
  examples: ['runs cancel 01KDVDNA00BVT44EGVHXJ7HWH0 --reason "wrong input"'],
  async run(call) {
    const {
      values,
      words: [id = ""],
      output,
    } = call;
    const body = values.reason === undefined ? {} : { reason: values.reason };
    const run = await connectTo(call).send("POST", `/runs/${encodeURIComponent(id)}/cancel`, runView, {
      body,
    });
    if (values.json === true) return output.json(run);
    output.line(
      run.state === "cancelled" ? `Run ${run.id} is cancelled.` : `Run ${run.id} had ended: ${run.state}.`,
    );
  },
});
