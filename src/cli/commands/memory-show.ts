// One record with everything that is known of it.
import { systemClock } from "../../base/clock.ts";
import { recordView } from "../../contract/memory.ts";
import { command, type Command } from "../command.ts";
import { inline } from "../output.ts";
import { contentLine } from "../record-cells.ts";
import { connectTo, serverOptions } from "../server-options.ts";
import { instantAndWhen } from "../when.ts";

export const memoryShow: Command = command({
  name: "memory show",
  summary: "one record with everything that is known of it",
  words: ["ID"],
  options: serverOptions,
  examples: ["memory show 01KDVDNA00BVT44EGVHXJ7HWH0"],
  async run(call) {
    const {
      values,
      words: [id = ""],
      output,
    } = call;
    const record = await connectTo(call).get(`/memory/${encodeURIComponent(id)}`, recordView);
    if (values.json === true) return output.json(recordView.encode(record));
    output.facts([
      ["id", record.id],
      ["namespace", record.namespace],
      ["number", String(record.seq)],
      ["kept", instantAndWhen(record.at, systemClock.now())],
      ["type", record.contentType],
      ["parents", record.parents.join(", ")],
      ["metadata", inline(record.metadata)],
      ["content", contentLine(record)],
    ]);
  },
});
