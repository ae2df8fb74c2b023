// Puts a failed run back to waiting.
import { runView } from "../../contract/run.ts";
import { command, type Command } from "../command.ts";
import { connectTo, serverOptions } from "../server-options.ts";

export const runsRetry: Command = command({
  name: "runs retry",
  summary: "puts a failed run back to waiting, with all its attempts",
  words: ["ID"],
  options: serverOptions,
  examples: ["runs retry 01KDVDNA00BVT44EGVHXJ7HWH0"],
  async run(call) {
    const {
      values,
      words: [id = ""],
      output,
    } = call;
    const run = await connectTo(call).send("POST", `/runs/${encodeURIComponent(id)}/retry`, runView);
    if (values.json === true) return output.json(run);
    output.line(`Run ${run.id} is ${run.state}: escapement runs show ${run.id}`);
  },
});
