// Hides a record, or takes its content away for good.
import { forgetView } from "../../contract/memory.ts";
import { command, type Command } from "../command.ts";
import { connectTo, serverOptions } from "../server-options.ts";

export const memoryForget: Command = command({
  name: "memory forget",
  summary: "hides a record for good, or takes its content away",
  words: ["ID"],
  about:
    "The place of the record in the lineage of others stays. A purged record is gone for every look back, too.",
  options: {
    reason: { type: "string", value: "TEXT", help: "why, for whoever looks next" },
    purge: { type: "boolean", help: "take the content away for good" },
    ...serverOptions,
  },
  examples: ['memory forget 01KDVDNA00BVT44EGVHXJ7HWH0 --reason "asked for" --purge'],
  async run(call) {
    const {
      values,
      words: [id = ""],
      output,
    } = call;
    const body = { reason: values.reason ?? "no reason given", purge: values.purge === true };
    const path = `/memory/${encodeURIComponent(id)}/forget`;
    const answer = await connectTo(call).send("POST", path, forgetView, { body });
    if (values.json === true) return output.json(answer);
    const done = body.purge ? "purged" : "forgotten";
    output.line(answer.changed ? `Record ${id} is ${done}.` : `There was nothing to forget: ${id}.`);
  },
});
