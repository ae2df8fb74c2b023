// The reference of the command line, drawn from the commands.
import { commands } from "../../src/cli/commands.ts";
import { commandHelp } from "../../src/cli/help.ts";

const head = `# The command line

Drawn from the commands themselves; the rules behind them are in [the spec](../spec/cli.md).
In a clone of the repository \`npm run escapement -- COMMAND\` is what \`escapement COMMAND\` is elsewhere, and
\`npm start -- …\` is \`escapement start …\`.

Commands that talk to a server (all but \`start\` and \`preview\`) go to \`--url\`, by default http://127.0.0.1:4040.
Times are ISO 8601; without an offset they are UTC. Durations are written \`500ms\`, \`30s\`, \`5m\`, \`2h\`, \`1d\`.

| Exit code | Meaning |
|---|---|
| 0 | done |
| 2 | the input was wrong |
| 3 | it is not there |
| 4 | it conflicts with how things are |
| 5 | it is not available now |
| 1 | anything else |

What \`start\` writes when stdout is no terminal, one JSON object per line, each with \`event\` and \`at\`:

| event | when | fields |
|---|---|---|
| \`started\` | the server listens and works | \`address storage node tasks pid\` |
| \`run\` | a run has finished | \`id action taskId? state attempt pass? scheduledFor durationMs? result? reason? error?\` |
| \`skip\` | nominal times were skipped | \`taskId reason from until count\` |
| \`control\` | a switch, a cluster or a limit was changed | \`kind subject actor label?\` |
| \`error\` | something failed that no caller was told of | \`error\` |
| \`stopping\` | the first signal came | \`signal activeRuns\` |
| \`stopped\` | everything is done and closed | \`runs\` |
`;

export function renderCliReference(): string {
  const parts = commands.map((one) => `## ${one.name}\n\n\`\`\`\n${commandHelp(one)}\n\`\`\`\n`);
  return [head, ...parts].join("\n");
}
