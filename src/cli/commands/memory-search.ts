// Searches memory.
import { systemClock } from "../../base/clock.ts";
import { searchView } from "../../contract/memory.ts";
import { command, type Command } from "../command.ts";
import { memoryColumns, recordCells } from "../record-cells.ts";
import { connectTo, serverOptions } from "../server-options.ts";

export const memorySearch: Command = command({
  name: "memory search",
  summary: "records that fit a text best",
  words: ["TEXT"],
  options: {
    namespace: { type: "string", short: "N", value: "NAME", help: "only this namespace" },
    where: { type: "string", value: "JSON", help: 'metadata has these values, like {"tags":"deploy"}' },
    mode: { type: "string", value: "MODE", help: "hybrid (default), lexical or vector" },
    limit: { type: "string", short: "n", value: "NUMBER", help: "at most so many; default 10" },
    ...serverOptions,
  },
  examples: ['memory search "failed deploy"', "memory search deploy -N notes -n 3 --json"],
  async run(call) {
    const {
      values,
      words: [text],
      output,
    } = call;
    const { namespace, where, mode, limit } = values;
    const query = { text, namespace, where, mode, limit };
    const result = await connectTo(call).get("/memory/search", searchView, { query });
    if (values.json === true) return output.json(searchView.encode(result));
    const now = systemClock.now();
    const rows = result.hits.map(({ record }) => recordCells(record, now));
    output.table(memoryColumns, rows, "Nothing fits.");
    const waiting = result.unindexed === 0 ? "" : `; ${result.unindexed} records wait for their vector`;
    if (result.problem !== undefined) output.line(result.problem);
    output.line(`Found by: ${result.used.join(", ")}${waiting}`);
  },
});
