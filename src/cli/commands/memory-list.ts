// Records in the order in which they were kept.
import { systemClock } from "../../base/clock.ts";
import { recordPage } from "../../contract/memory.ts";
import { command, type Command } from "../command.ts";
import { memoryColumns, recordCells } from "../record-cells.ts";
import { connectTo, serverOptions } from "../server-options.ts";

export const memoryList: Command = command({
  name: "memory list",
  summary: "records, newest first",
  words: [],
  options: {
    namespace: { type: "string", short: "N", value: "NAME", help: "only this namespace" },
    prefix: { type: "string", value: "TEXT", help: "only ids that begin so" },
    where: { type: "string", value: "JSON", help: 'metadata has these values, like {"tags":"deploy"}' },
    since: { type: "string", value: "TIME", help: "kept at this time or later (ISO 8601)" },
    oldest: { type: "boolean", help: "oldest first" },
    limit: { type: "string", short: "n", value: "NUMBER", help: "at most so many; default 100" },
    after: { type: "string", value: "CURSOR", help: "go on behind this record" },
    ...serverOptions,
  },
  examples: ["memory list -n 5", `memory list -N notes --where '{"tags":"deploy"}'`],
  async run(call) {
    const { values, output } = call;
    const { namespace, prefix: idPrefix, where, since, limit, after } = values;
    const order = values.oldest === true ? "oldest" : undefined;
    const query = { namespace, idPrefix, where, since, order, limit, after };
    const page = await connectTo(call).get("/memory", recordPage, { query });
    if (values.json === true) return output.json(recordPage.encode(page));
    const now = systemClock.now();
    const rows = page.items.map((record) => recordCells(record, now));
    output.table(memoryColumns, rows, "There are no such records.");
    if (page.next !== undefined) output.line(`There are more: --after ${page.next}`);
  },
});
