// Lets one start go.
import { EscapementError } from "../../base/errors.ts";
import { releaseView } from "../../contract/gate.ts";
import { command, type Command } from "../command.ts";
import { readWhole } from "../read-option.ts";
import { connectTo, serverOptions } from "../server-options.ts";
import { whyNot } from "./gate-pending.ts";

export const gateNext: Command = command({
  name: "gate next",
  summary: "lets exactly one start go: the oldest due one",
  words: ["[SCOPE]"],
  about: "Ends with exit code 4 when nothing was released, and says why.",
  options: {
    "expect-head": {
      type: "string",
      value: "NUMBER",
      help: "the head that gate pending showed; refused when somebody was quicker",
    },
    key: { type: "string", value: "TEXT", help: "the same key releases once" },
    ...serverOptions,
  },
  examples: ["gate next", "gate next task:report --expect-head 4711", "gate next --key click-17"],
  async run(call) {
    const {
      values,
      words: [scope = "all"],
      output,
    } = call;
    const { key, "expect-head": head } = values;
    const body = {
      scope,
      ...(key === undefined ? {} : { key }),
      ...(head === undefined
        ? {}
        : { expectedHead: readWhole("--expect-head", head, 0, Number.MAX_SAFE_INTEGER) }),
    };
    const answer = await connectTo(call).send("POST", "/gate/next", releaseView, { body });
    if (values.json === true) output.json(answer);
    if (answer.status === "blocked")
      throw new EscapementError("gate.blocked", whyNot(scope, answer.reason), { details: { ...answer } });
    if (values.json === true) return;
    const { subject, label = "" } = answer.event;
    output.line(`Released ${subject.replace(":", " ")} (${label}).`);
  },
});
