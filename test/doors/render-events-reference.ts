// The reference of events, drawn from the table of kinds and from the table of where each moves.
import { isAudited } from "../../src/event/audit.ts";
import { eventKinds } from "../../src/event/event.ts";
import { flowRow } from "../../src/event/flow.ts";

const head = `# Events

Drawn from \`src/event\`; do not edit. How to read them is in [the journal](../learn/the-journal.md).

## Fields

| Field | What it says |
|---|---|
| \`seq\` | its number: strictly increasing, without holes, in the order in which every reader sees it |
| \`id\` | unique: \`e\` and the number |
| \`replayKey\` | of events of a message of a process: the same in every fork and every replay |
| \`at\` | when it happened |
| \`kind\`, \`category\`, \`severity\` | what happened; the other two follow from the kind |
| \`actor\` | who did it: \`user:NAME\`, \`task:ID\`, \`node:NAME\` or \`system\` |
| \`subject\` | what it was done to: \`run:ID\`, \`task:ID\`, \`switch:SCOPE\`, … |
| \`parent\` | what caused it: for the first event of a run whoever asked for it (a task, a run, a process, a user), for its later ones the run; for a message of a process the same, as \`process:NAME/ID@SLOT\` |
| \`commit\` | the same for all that happened in one transaction |
| \`from\`, \`to\` | between which places of the map it moved something; \`?\` when nobody can say |
| \`trigger\` | \`direct\` a call or an operator · \`stream\` a message that came in · \`async\` the answer of a worker · \`hook\` a change inside · \`timer\` a schedule |
| \`call\` | \`code\` a step of a handler · \`query\` a read · \`link\` a write · \`effect\` something done outside · \`moment\` a turn in a life |
| \`label\` | a few words: the action of a run, the reason of a switch |
| \`durationMs\` | as it was measured, neither rounded nor clamped; absent when nobody knows |
| \`data\` | JSON |
| \`chain\` | of audited events: SHA-256 over the chain before and the event itself |

## Places

| Place | What stands there |
|---|---|
| \`clients\` | whoever calls: users, tokens |
| \`scheduler\` | what fires tasks, takes over lost runs and lifts switches |
| \`task:ID\` | a task |
| \`control\` | switches, clusters, limits, gates |
| \`queue\` | runs that are not finished |
| \`worker:NODE\` | a node that executes runs, each its own place |
| \`history\` | runs that are finished |
| \`process:NAME\` | all processes of a name |
| \`cycle:NAME\` | a subsystem |
| \`store:NAME\` | a store of documents |
| \`memory\`, \`alerts\`, \`journal\` | themselves |

## Kinds

"by actor" is \`direct\` for a user, \`timer\` for a task or a cycle, \`async\` for a node, a run or a process, else \`hook\`.

| Kind | Category | Severity | From | To | Trigger | Call | Audited |
|---|---|---|---|---|---|---|---|
`;

export function renderEventsReference(): string {
  const rows = Object.entries(eventKinds).map(([kind, [category, severity]]) => {
    const audited = isAudited(kind) ? "yes" : "";
    return `| \`${kind}\` | ${[category, severity, ...flowRow(kind), audited].join(" | ")} |\n`;
  });
  return `${head}${rows.join("")}
Any other kind is a note: ${["system", "info", ...flowRow("?")].join(", ")}. Kinds that begin with \`token.\` are audited, too.
`;
}
