// What happened, and what happens: the last events, then every new one. The server has no stream yet, so it is asked
// again and again.
import { sleepUntil, systemClock } from "../../base/clock.ts";
import type { Event } from "../../contract/journal.ts";
import { command, type Command } from "../command.ts";
import { Interrupt } from "../interrupt.ts";
import { JournalReader } from "../journal-reader.ts";
import type { Output } from "../output.ts";
import { readWhole } from "../read-option.ts";
import { connectTo, serverOptions } from "../server-options.ts";

const pollMs = 1_000;

export const journalTail: Command = command({
  name: "journal tail",
  summary: "what happened, and what happens",
  words: [],
  about: "Goes on until ctrl-c. With --json one event per line.",
  options: {
    last: { type: "string", short: "n", value: "NUMBER", help: "begin with so many past events; default 10" },
    after: { type: "string", value: "SEQ", help: "begin behind the event of this number" },
    kind: { type: "string", value: "KIND", help: "only events of this kind, like run.failed" },
    category: { type: "string", value: "CATEGORY", help: "only run, task, control, system, …" },
    subject: { type: "string", value: "SUBJECT", help: "only events about this, like task:host-sample" },
    "no-follow": { type: "boolean", help: "end after the past events" },
    ...serverOptions,
  },
  examples: [
    "journal tail",
    "journal tail --kind run.failed -n 100",
    "journal tail --after 0 --no-follow --json",
  ],
  async run(call) {
    const { values, output } = call;
    const { kind, category, subject, after, last = "10" } = values;
    using interrupt = new Interrupt();
    const { signal } = interrupt;
    const reader = new JournalReader(connectTo(call), { kind, category, subject }, signal);
    const show = (event: Event): void =>
      values.json === true ? output.jsonLine(event) : showEvent(event, output);
    try {
      if (after === undefined)
        for (const event of await reader.last(readWhole("-n", last, 0, 1_000))) show(event);
      else reader.startBehind(readWhole("--after", after, 0, Number.MAX_SAFE_INTEGER));
      for (;;) {
        for await (const event of reader.rest()) show(event);
        if (values["no-follow"] === true) return;
        await sleepUntil(systemClock, systemClock.now() + pollMs, signal);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  },
});

function showEvent({ seq, at, kind, subject, label = "", durationMs, actor }: Event, output: Output): void {
  const took = durationMs === undefined ? "" : ` (${Math.round(durationMs)} ms)`;
  const what = [at.toISOString(), String(seq).padStart(6), kind.padEnd(24), subject, label]
    .filter((part) => part !== "")
    .join("  ");
  output.line(`${what}${took}  by ${actor}`);
}
