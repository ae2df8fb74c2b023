// Looks the data over without changing it. Ends with an error when something is not well, so that a monitor can use it.
import { EscapementError } from "../../base/errors.ts";
import { command, type Command } from "../command.ts";
import { defaultStorage, storageOption, upkeepOf } from "../open-storage.ts";

const columns = [
  { heading: "LOOKED AT", importance: 9 },
  { heading: "IS", importance: 8 },
  { heading: "FOUND", importance: 7, least: 20 },
] as const;

export const doctor: Command = command({
  name: "doctor",
  summary: "looks the data over: integrity, schema, counts, leases, what is late",
  words: [],
  about:
    "Works on the data itself, beside a server that goes on with its work, and changes nothing. Ends with exit code 1 when something is not well.",
  options: { ...storageOption, json: { type: "boolean", help: "JSON instead of a text for people" } },
  examples: ["doctor", "doctor --storage postgres://user@db.internal/app", "doctor --json"],
  async run({ values, output }) {
    const { storage = defaultStorage } = values;
    const findings = await (await upkeepOf(storage)).inspect();
    const faults = findings.filter(({ ok }) => !ok);
    if (values.json === true) output.json({ ok: faults.length === 0, findings });
    else {
      const rows = findings.map(({ what, ok, detail }) => [what, ok ? "well" : "NOT WELL", detail]);
      output.table(columns, rows, "Nothing was looked at.");
    }
    if (faults.length === 0) return;
    throw new EscapementError(
      "storage.unwell",
      faults.map(({ what, detail, advice }) => `${what}: ${detail}. ${advice ?? ""}`).join("\n"),
    );
  },
});
