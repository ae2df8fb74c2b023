// The whole journal as text, archive included, for keeping, for people and for other programs.
import { command, type Command } from "../command.ts";
import { readChoice } from "../read-option.ts";
import { connectTo, serverOptions } from "../server-options.ts";

const { url, token } = serverOptions;

export const journalExport: Command = command({
  name: "journal export",
  summary: "all that happened, in order, archive included",
  words: [],
  about:
    "Writes JSON lines, or with --format text a line for people. The same events are the same bytes every time.",
  options: {
    format: { type: "string", value: "FORMAT", help: "jsonl (default) or text" },
    from: { type: "string", value: "SEQ", help: "begin with this number" },
    to: { type: "string", value: "SEQ", help: "end with this number" },
    kind: { type: "string", value: "KIND", help: "only events of this kind" },
    category: { type: "string", value: "CATEGORY", help: "only run, task, control, system, …" },
    subject: { type: "string", value: "SUBJECT", help: "only events about this, like task:host-sample" },
    audited: { type: "boolean", help: "only changes of control, tokens, tasks, and what retention deleted" },
    json: { type: "boolean", help: "JSON lines, as without it" },
    url,
    token,
  },
  examples: [
    "journal export > journal.jsonl",
    "journal export --format text --from 1200",
    "journal export --audited",
  ],
  async run(call) {
    const { kind, category, subject, from, to, audited } = call.values;
    const format = readChoice("--format", call.values.format ?? "jsonl", ["jsonl", "text"]);
    const query = {
      format,
      kind,
      category,
      subject,
      from,
      to,
      ...(audited === true ? { audited: "true" } : {}),
    };
    for await (const text of connectTo(call).stream("/journal/export", { query })) call.output.verbatim(text);
  },
});
