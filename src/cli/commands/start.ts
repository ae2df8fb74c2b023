// Runs the scheduler and its HTTP server until it is told to stop.
import { command, type Command } from "../command.ts";
import { storageOption } from "../open-storage.ts";
import { runServer } from "../start/run-server.ts";
import { readStartSettings } from "../start/start-settings.ts";

export const start: Command = command({
  name: "start",
  summary: "runs the scheduler and its HTTP server",
  words: ["[MODULE]"],
  about:
    "MODULE is a .ts or .js file whose default export is a function (runtime) => void that registers actions and tasks. Ctrl-C lets running work finish and ends; a second Ctrl-C ends at once. On a terminal it shows what happens; otherwise it writes one JSON object per line.",
  options: {
    ...storageOption,
    port: { type: "string", value: "NUMBER", help: "default 4040; 0 takes a free one" },
    host: { type: "string", value: "NAME", help: "default 127.0.0.1; any other place needs a token" },
    token: {
      type: "string",
      value: "[ROLE:]SECRET",
      multiple: true,
      help: "who shows it may look (viewer), work (operator) or everything (admin, default); also ESCAPEMENT_TOKEN",
    },
    probe: { type: "string", value: "URL", multiple: true, help: "look at this URL every 15 seconds" },
    archive: {
      type: "string",
      value: "FOLDER",
      help: "keep there what retention takes out of the journal; default: nowhere",
    },
    "payload-limit": {
      type: "string",
      value: "BYTES",
      help: "the largest input or result; default 1048576",
    },
    "no-console": { type: "boolean", help: "no page for people at /" },
    json: { type: "boolean", help: "JSON lines, also on a terminal" },
  },
  examples: [
    "start",
    "start my-tasks.ts --probe https://example.com/health",
    "start --storage sqlite:/var/lib/escapement/app.db --port 8080",
    "start --storage postgres://user@db.internal/app --host 0.0.0.0 --token operator:SECRET",
  ],
  run: async ({ values, words: [module], env }) =>
    runServer(await readStartSettings(values, env), module === undefined ? {} : { module }),
});
