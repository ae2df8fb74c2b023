// One process: where it stands, and its state behind the newest slot or any other.
import { systemClock } from "../../base/clock.ts";
import {
  processPath,
  processView,
  stateView,
  type ProcessInfo,
  type StateView,
} from "../../contract/process.ts";
import { command, type Command } from "../command.ts";
import { inline, type Output } from "../output.ts";
import { readSlot } from "../read-option.ts";
import { connectTo, serverOptions } from "../server-options.ts";
import { instantAndWhen } from "../when.ts";

export const processesShow: Command = command({
  name: "processes show",
  summary: "one process and its state, now or behind any slot",
  words: ["NAME/ID"],
  about: "With --json what is printed is { process, state }.",
  options: {
    at: { type: "string", value: "SLOT", help: "the state behind this slot; default the newest" },
    ...serverOptions,
  },
  examples: ["processes show counter/room-1", "processes show counter/room-1 --at 0"],
  async run(call) {
    const {
      values: { at, json },
      words: [id = ""],
      output,
    } = call;
    const client = connectTo(call);
    const path = processPath(id);
    const query = at === undefined ? {} : { at: String(readSlot("--at", at)) };
    const process = await client.get(path, processView);
    const state = await client.get(`${path}/state`, stateView, { query });
    if (json === true) return output.json({ process, state });
    showProcess(process, state, output);
  },
});

export function showProcess(process: ProcessInfo, state: StateView | undefined, output: Output): void {
  const now = systemClock.now();
  const { parked, forkedFrom, version } = process;
  output.facts([
    ["process", process.id],
    ["slots", `${process.slots}, ${process.handled} of them handled`],
    ["parked", parked === undefined ? undefined : `at slot ${parked.slot}: ${parked.error.message}`],
    ["code", parked?.error.code],
    ["version", version],
    ["forked", forkedFrom === undefined ? undefined : `from ${forkedFrom.process} at slot ${forkedFrom.at}`],
    ["node", process.node],
    ["created", instantAndWhen(process.createdAt, now)],
    ["last", instantAndWhen(process.timestamp, now)],
    [state?.slot === -1 ? "state before slot 0" : `state at ${state?.slot}`, inline(state?.state)],
  ]);
}
