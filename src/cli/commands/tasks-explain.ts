// Why a task ran, or did not run, at an instant.
import { explanationView } from "../../contract/occurrence.ts";
import { command, type Command } from "../command.ts";
import { connectTo, serverOptions } from "../server-options.ts";

export const tasksExplain: Command = command({
  name: "tasks explain",
  summary: "why a task ran, or did not run, at an instant",
  words: ["ID", "TIME"],
  options: serverOptions,
  examples: ["tasks explain nightly-retention 2026-03-29T01:00:00Z"],
  async run(call) {
    const {
      values,
      words: [id = "", at],
      output,
    } = call;
    const path = `/tasks/${encodeURIComponent(id)}/explain`;
    const found = await connectTo(call).get(path, explanationView, { query: { at } });
    if (values.json === true) return output.json(found);
    const { outcome, reason, runId } = found;
    const more = [reason, runId === undefined ? undefined : `run ${runId}`].filter(
      (part) => part !== undefined,
    );
    output.line([`${found.at.toISOString()}  ${outcome}`, ...more].join(": "));
  },
});
