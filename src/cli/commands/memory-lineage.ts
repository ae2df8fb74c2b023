// What a record can be traced back to.
import { systemClock } from "../../base/clock.ts";
import { lineageView } from "../../contract/memory.ts";
import { command, type Command } from "../command.ts";
import { memoryColumns, recordCells } from "../record-cells.ts";
import { connectTo, serverOptions } from "../server-options.ts";
import { when } from "../when.ts";

export const memoryLineage: Command = command({
  name: "memory lineage",
  summary: "all that a record can be traced back to, oldest first",
  words: ["ID"],
  options: {
    depth: { type: "string", value: "NUMBER", help: "so many steps back; default all" },
    ...serverOptions,
  },
  examples: ["memory lineage 01KDVDNA00BVT44EGVHXJ7HWH0 --depth 1"],
  async run(call) {
    const {
      values,
      words: [id = ""],
      output,
    } = call;
    const path = `/memory/${encodeURIComponent(id)}/lineage`;
    const lineage = await connectTo(call).get(path, lineageView, { query: { maxDepth: values.depth } });
    if (values.json === true) return output.json(lineageView.encode(lineage));
    const now = systemClock.now();
    const rows = lineage.records.map((record) =>
      "forgotten" in record
        ? [record.id, record.namespace, when(record.at, now), `forgotten: ${record.forgotten.reason}`]
        : recordCells(record, now),
    );
    output.table(memoryColumns, rows, "There is no such record.");
    if (lineage.missing.length > 0) output.line(`Not kept: ${lineage.missing.join(", ")}`);
  },
});
