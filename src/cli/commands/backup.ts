// Writes a consistent copy of the data into a new SQLite file, whether a server is at work on it or not.
import { resolve } from "node:path";
import { command, type Command } from "../command.ts";
import { defaultStorage, storageOption, upkeepOf } from "../open-storage.ts";

export const backup: Command = command({
  name: "backup",
  summary: "writes a consistent copy of the data into a new file",
  words: ["FILE"],
  about:
    "Works on the data itself, beside a server that goes on with its work, and never writes over a file. The copy is a SQLite database with everything in it: start a server on it, or bring it back with escapement copy.",
  options: { ...storageOption, json: { type: "boolean", help: "JSON instead of a text for people" } },
  examples: ["backup /backups/2026-11-20.db", "backup copy.db --storage sqlite:/var/lib/escapement/app.db"],
  async run({ values, words: [file = ""], output }) {
    const { storage = defaultStorage } = values;
    await (await upkeepOf(storage)).backup(file);
    if (values.json === true) return output.json({ file: resolve(file) });
    output.line(`The copy is in ${resolve(file)}.`);
  },
});
