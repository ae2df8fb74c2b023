// Processes by id, with what they have yet to handle.
import { systemClock } from "../../base/clock.ts";
import { processPage, type ProcessInfo } from "../../contract/process.ts";
import { command, type Command } from "../command.ts";
import { connectTo, serverOptions } from "../server-options.ts";
import { when } from "../when.ts";

const columns = [
  { heading: "PROCESS", importance: 9, least: 12 },
  { heading: "SLOTS", align: "right", importance: 7 },
  { heading: "WAITING", align: "right", importance: 6 },
  { heading: "VERSION", importance: 3 },
  { heading: "LAST", importance: 5 },
  { heading: "NOTE", importance: 8, least: 10 },
] as const;

export const processesList: Command = command({
  name: "processes list",
  summary: "processes by id, with what waits for them",
  words: [],
  options: {
    name: { type: "string", value: "NAME", help: "only processes of this definition" },
    limit: { type: "string", short: "n", value: "NUMBER", help: "at most so many; default 100" },
    after: { type: "string", value: "CURSOR", help: "go on behind this process" },
    ...serverOptions,
  },
  examples: ["processes list", "processes list --name counter -n 20"],
  async run(call) {
    const { values, output } = call;
    const { name, limit, after } = values;
    const page = await connectTo(call).get("/processes", processPage, { query: { name, limit, after } });
    if (values.json === true) return output.json(page);
    const now = systemClock.now();
    output.table(
      columns,
      page.items.map((process) => cells(process, now)),
      "There are no processes.",
    );
    if (page.next !== undefined) output.line(`There are more: --after ${page.next}`);
  },
});

function cells(
  { id, slots, handled, version = "", timestamp, parked }: ProcessInfo,
  now: number,
): readonly string[] {
  const note = parked === undefined ? "" : `parked at slot ${parked.slot}: ${parked.error.message}`;
  return [id, String(slots), String(slots - handled), version, when(timestamp, now), note];
}
