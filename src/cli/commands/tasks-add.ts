// Registers a task: from options for the common case, from a file or stdin for everything that a task can say.
import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { EscapementError } from "../../base/errors.ts";
import { cliFault } from "../cli-fault.ts";
import { taskView } from "../../contract/task.ts";
import { command, type Command } from "../command.ts";
import { readJson } from "../read-option.ts";
import { connectTo, serverOptions } from "../server-options.ts";
import { showTask } from "./tasks-show.ts";

const name = "tasks add";

const taskOptions = {
  cron: { type: "string", value: '"CRON"', help: "runs at the times of a cron expression" },
  every: { type: "string", value: "DURATION", help: 'runs at a fixed distance, like "30s" or "1d"' },
  once: { type: "string", value: "TIME", help: "runs once, at an instant (ISO 8601)" },
  action: { type: "string", value: "ACTION", help: "what runs, like http:request" },
  params: { type: "string", value: "JSON", help: "what the action is given; default {}" },
  tz: { type: "string", value: "ZONE", help: "IANA time zone of the schedule; default UTC" },
  name: { type: "string", value: "TEXT", help: "a name for people; default the id" },
  tag: { type: "string", value: "TAG", multiple: true, help: "may be given more than once" },
  disabled: { type: "boolean", help: "register it without starting it" },
  file: { type: "string", value: "FILE", help: "all fields as JSON from a file, or from stdin with -" },
  replace: { type: "boolean", help: "replace a task that exists; its counters and history stay" },
} as const;

export const tasksAdd: Command = command({
  name,
  summary: "registers a task",
  words: ["ID"],
  about:
    "Give exactly one of --cron, --every, --once and --file. Options that are given beside --file win over the file.",
  options: { ...taskOptions, ...serverOptions },
  examples: [
    `tasks add site --every 1m --action http:request --params '{"url":"https://example.com"}'`,
    'tasks add retention --cron "0 3 * * *" --tz Europe/Berlin --action retention:apply',
    "tasks add report --file report.json --replace",
  ],
  async run(call) {
    const {
      values,
      words: [id = ""],
      output,
    } = call;
    const { file, params, tz, action, name: title, tag: tags } = values;
    const body = {
      ...(file === undefined ? {} : await readFields(file)),
      ...scheduleOf(values),
      ...(action === undefined ? {} : { action }),
      ...(params === undefined ? {} : { params: readJson("--params", params) }),
      ...(tz === undefined ? {} : { timezone: tz }),
      ...(title === undefined ? {} : { name: title }),
      ...(tags === undefined ? {} : { tags }),
      ...(values.disabled === true ? { enabled: false } : {}),
    };
    const headers: Record<string, string> = values.replace === true ? {} : { "if-none-match": "*" };
    const path = `/tasks/${encodeURIComponent(id)}`;
    const task = await connectTo(call)
      .send("PUT", path, taskView, { body, headers })
      .catch((error: unknown) => {
        throw values.replace === true ? error : explain(error, id);
      });
    if (values.json === true) return output.json(task);
    showTask(task, output);
  },
});

/** The server speaks of versions; whoever sits here only wants to know how to go on. */
function explain(error: unknown, id: string): unknown {
  if (!EscapementError.is(error) || error.code !== "task.conflict") return error;
  return new EscapementError(
    "task.conflict",
    `There is a task ${JSON.stringify(id)} already: give --replace to put this one in its place (its counters and history stay), or another id.`,
    { cause: error },
  );
}

function scheduleOf(values: {
  readonly cron?: string | undefined;
  readonly every?: string | undefined;
  readonly once?: string | undefined;
  readonly file?: string | undefined;
}): object {
  const given = [
    { type: "cron", schedule: values.cron },
    { type: "interval", schedule: values.every },
    { type: "once", schedule: values.once },
  ].filter(({ schedule }) => schedule !== undefined);
  if (given.length > 1) throw cliFault(name, "give only one of --cron, --every and --once");
  if (given.length === 0 && values.file === undefined)
    throw cliFault(name, "say when it runs, with --cron, --every or --once");
  return given[0] ?? {};
}

async function readFields(file: string): Promise<object> {
  const source = file === "-" ? await text(process.stdin) : await readText(file);
  const value = readJson("--file", source);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw cliFault(name, `${file} must hold one object with the fields of a task`);
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw cliFault(name, `${file} cannot be read (${why})`, error);
  }
}
