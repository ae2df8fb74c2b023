// Whether the journal is as it was written. Ends with an error when it is not, so that a monitor can use it.
import { EscapementError } from "../../base/errors.ts";
import { verificationView } from "../../contract/journal.ts";
import { command, type Command } from "../command.ts";
import { connectTo, serverOptions } from "../server-options.ts";

/** Every event is read. */
const timeoutMs = 3_600_000;

export const journalVerify: Command = command({
  name: "journal verify",
  summary: "whether the journal is as it was written",
  words: [],
  about:
    "Looks at every number and at the chain over audited events, archive included. Ends with exit code 1 when something is missing or altered. The chain it shows, kept elsewhere, proves later that nothing was rewritten.",
  options: {
    from: { type: "string", value: "SEQ", help: "begin with this number" },
    to: { type: "string", value: "SEQ", help: "end with this number" },
    ...serverOptions,
  },
  examples: ["journal verify", "journal verify --from 1200 --json"],
  async run(call) {
    const { from, to, json } = call.values;
    const { output } = call;
    const found = await connectTo(call).get("/journal/verify", verificationView, {
      query: { from, to },
      timeoutMs,
    });
    if (json === true) output.json(found);
    else
      output.facts([
        ["looked at", `${found.checked} events, ${found.from} to ${found.to}`],
        ["found", found.ok ? "as they were written" : `event ${found.firstBad} is ${found.why}`],
        ["chain", found.chain],
      ]);
    if (found.ok) return;
    throw new EscapementError(
      "storage.unwell",
      `Event ${found.firstBad} of the journal is ${found.why}: compare it with a backup or an export from before.`,
    );
  },
});
