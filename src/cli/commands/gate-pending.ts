// What the next release would let go.
import { systemClock } from "../../base/clock.ts";
import { gateView, type Held, type Pending } from "../../contract/gate.ts";
import { command, type Command } from "../command.ts";
import { connectTo, serverOptions } from "../server-options.ts";
import { when } from "../when.ts";

export const gatePending: Command = command({
  name: "gate pending",
  summary: "what gate next would let go",
  words: ["[SCOPE]"],
  options: serverOptions,
  examples: ["gate pending", "gate pending action:mail:send --json"],
  async run(call) {
    const {
      values,
      words: [scope = "all"],
      output,
    } = call;
    const { pending } = await connectTo(call).get("/gate", gateView, { query: { scope } });
    if (values.json === true) return output.json(pending);
    if (pending.next === undefined) return output.line(whyNot(scope, pending.reason));
    output.facts([...factsOf(pending.next), ["head", String(pending.head)]]);
  },
});

function factsOf(next: Held): (readonly [string, string | undefined])[] {
  const now = systemClock.now();
  if (next.kind === "message")
    return [
      ["next", `slot ${next.slot} of ${next.process}`],
      ["message", next.name],
      ["sent", when(next.at, now)],
    ];
  return [
    ["next", `run ${next.id}`],
    ["action", next.action],
    ["task", next.taskId],
    ["due", when(next.dueAt, now)],
  ];
}

/** In words, with what to do. */
export function whyNot(scope: string, reason: Pending["reason"] | "read_only"): string {
  switch (reason) {
    case "conflict":
      return `A gate over ${scope} was moved meanwhile, or the key was used for another scope: look at gate pending and decide again.`;
    case "wrong_mode":
      return `${scope} is not held as a whole: gate set ${scope} stepper holds it.`;
    case "switch":
      return `Everything that waits in ${scope} is killed or in a disabled cluster: control restore comes first.`;
    case "read_only":
      return "This token may only look: use one of the role operator.";
    case "nothing_pending":
    case undefined:
      return `Nothing in ${scope} waits to start.`;
  }
}
