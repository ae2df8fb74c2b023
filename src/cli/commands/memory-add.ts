// Keeps a record.
import { appendView } from "../../contract/memory.ts";
import { command, type Command } from "../command.ts";
import { readJson } from "../read-option.ts";
import { connectTo, serverOptions } from "../server-options.ts";

export const memoryAdd: Command = command({
  name: "memory add",
  summary: "keeps a record",
  words: ["TEXT"],
  about: "Records never change. To correct one, keep another whose parent it is.",
  options: {
    id: { type: "string", value: "ID", help: "default: a new one" },
    namespace: { type: "string", short: "N", value: "NAME", help: 'default "default"' },
    parent: {
      type: "string",
      value: "ID",
      multiple: true,
      help: "what it follows from; may be given more than once",
    },
    tag: {
      type: "string",
      value: "TAG",
      multiple: true,
      help: "kept as metadata.tags; may be given more than once",
    },
    metadata: { type: "string", value: "JSON", help: "an object" },
    content: { type: "string", value: "KIND", help: "text (default) or json: what TEXT is" },
    "by-content": { type: "boolean", help: "name it by what it is: the same twice is kept once" },
    ...serverOptions,
  },
  examples: [
    'memory add "The deploy of Friday failed" --tag deploy',
    `memory add '{"ok":true}' --content json`,
  ],
  async run(call) {
    const {
      values,
      words: [text = ""],
      output,
    } = call;
    const { id, namespace, parent: parents, tag: tags, metadata } = values;
    const given = metadata === undefined ? {} : readJson("--metadata", metadata);
    const kept = tags === undefined ? given : { ...(isObject(given) ? given : {}), tags };
    const body = {
      content: values.content === "json" ? readJson("TEXT", text) : text,
      metadata: kept,
      ...(id === undefined ? {} : { id }),
      ...(namespace === undefined ? {} : { namespace }),
      ...(parents === undefined ? {} : { parents }),
      ...(values["by-content"] === true ? { contentAddressed: true } : {}),
    };
    const { record, created } = await connectTo(call).send("POST", "/memory", appendView, { body });
    if (values.json === true) return output.json(appendView.encode({ record, created }));
    const how = created ? "is kept" : "was there already";
    output.line(`Record ${record.id} ${how}: escapement memory show ${record.id}`);
  },
});

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
