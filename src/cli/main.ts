#!/usr/bin/env node
// The program `escapement`. Whatever goes wrong ends as a sentence and an exit code, never as a stack trace.
import { faultText } from "./fault-text.ts";
import { runCli } from "./run-cli.ts";

process.on("uncaughtException", (error) => {
  process.stderr.write(`${faultText(error)}\n`);
  process.exit(1);
});
// Whoever reads our output may stop reading: `escapement tasks list | head -1` is no error.
process.stdout.on("error", () => undefined);

const code = await runCli(process.argv.slice(2), process);
// Whatever a module of the user has left running ends here, but not before everything is written.
process.stdout.write("", () => process.exit(code));
