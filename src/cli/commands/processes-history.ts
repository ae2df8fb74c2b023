// What became of each message of a process.
import { historyPage, processPath, type HistoryItem } from "../../contract/process.ts";
import { command, type Command } from "../command.ts";
import { inline } from "../output.ts";
import { readSlot } from "../read-option.ts";
import { connectTo, serverOptions } from "../server-options.ts";

const columns = [
  { heading: "SLOT", align: "right", importance: 9 },
  { heading: "AT", importance: 3 },
  { heading: "MESSAGE", importance: 8 },
  { heading: "INPUT", importance: 5, least: 10 },
  { heading: "CHANGED", importance: 6, least: 10 },
  { heading: "RESULT", importance: 7, least: 10 },
] as const;

export const processesHistory: Command = command({
  name: "processes history",
  summary: "what became of each message, by slot",
  words: ["NAME/ID"],
  options: {
    from: { type: "string", value: "SLOT", help: "the first slot; default 0" },
    to: { type: "string", value: "SLOT", help: "the last slot; default the newest" },
    limit: { type: "string", short: "n", value: "NUMBER", help: "at most so many; default 100" },
    ...serverOptions,
  },
  examples: ["processes history counter/room-1", "processes history counter/room-1 --from 40 -n 5 --json"],
  async run(call) {
    const {
      values: { from, to, limit, json },
      words: [id = ""],
      output,
    } = call;
    const query = {
      from: from === undefined ? undefined : String(readSlot("--from", from)),
      to: to === undefined ? undefined : String(readSlot("--to", to)),
      limit,
    };
    const page = await connectTo(call).get(`${processPath(id)}/history`, historyPage, { query });
    if (json === true) return output.json(page);
    output.table(columns, page.items.map(cells), "There are no such slots.");
    if (page.next !== undefined) output.line(`There are more: --from ${page.next}`);
  },
});

function cells({ assignment, message, patch, output, error }: HistoryItem): readonly string[] {
  const changed = patch.map(({ op, path }) => `${op} ${path === "" ? "all" : path}`).join(", ");
  const result = error === undefined ? (inline(output) ?? "") : `${error.name}: ${error.message}`;
  return [
    String(assignment.slot),
    assignment.timestamp.toISOString(),
    message.name,
    inline(message.input) ?? "",
    changed,
    result,
  ];
}
