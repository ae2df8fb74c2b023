// The built-in actions by name. Each is written on the public nouns, as a user's action would be.
import type { ActionOptions } from "../actions/action.ts";
import type { Memory } from "../memory/memory.ts";
import { controlActions, type ControlParts } from "./control/control-actions.ts";
import { hostSample } from "./host/host-sample.ts";
import { httpRequest } from "./outgoing/http-request.ts";
import type { OutgoingOptions } from "./outgoing/outgoing-options.ts";
import { embedAction, embedActionName } from "./memory/embed-action.ts";
import { retainAction } from "./memory/retain-action.ts";
import { processSend, type ProcessSendParts } from "./processes/process-send.ts";
import { retentionAction, type RetentionParts } from "./retention/retention-action.ts";

/** Input types differ per action; each validates its own. */
// oxlint-disable-next-line typescript/no-explicit-any -- the one list of actions with different inputs
type Described = ActionOptions<any, unknown>;

export interface StandardParts extends ControlParts, ProcessSendParts, RetentionParts {
  readonly memory: Pick<Memory, "retain">;
  /** Where there is an embedder. */
  readonly embeds?: Pick<Memory, "embedMissing"> | undefined;
  readonly outgoing: OutgoingOptions;
}

/** Dispose it when the runtime stops: what samples the host keeps a monitor between two samples. */
export interface StandardActions extends Disposable {
  readonly all: readonly (readonly [string, Described])[];
}

export function standardActions(parts: StandardParts): StandardActions {
  const sample = hostSample();
  return {
    all: [
      ...controlActions(parts),
      ["host:sample", sample],
      ["http:request", httpRequest(parts.outgoing)],
      ...(parts.embeds === undefined ? [] : [[embedActionName, embedAction(parts.embeds)] as const]),
      ["memory:retain", retainAction(parts.memory)],
      ["process:send", processSend(parts)],
      ["retention:apply", retentionAction(parts)],
    ],
    [Symbol.dispose]: () => sample[Symbol.dispose](),
  };
}
