// Sending a message to a process as an action, so that a task does it by schedule.
import { z } from "zod";
import type { ActionOptions } from "../../actions/action.ts";
import type { Json } from "../../base/json.ts";
import type { Processes } from "../../processes/processes.ts";

export interface ProcessSendParts {
  readonly processes: Pick<Processes, "send">;
}

interface ProcessSendInput {
  readonly process: string;
  readonly id: string;
  readonly message: string;
  readonly input: Json;
}

/** The run's id is the key: a run that is tried again after a crash does not send twice. */
export function processSend({ processes }: ProcessSendParts): ActionOptions<ProcessSendInput, unknown> {
  return {
    input: z.strictObject({
      process: z.string().min(1),
      id: z.string().min(1),
      message: z.string().min(1),
      input: z.json().default(null),
    }),
    async run({ process, id, message, input }, ctx) {
      const actor = ctx.taskId === undefined ? "system" : `task:${ctx.taskId}`;
      const key = `run:${ctx.runId}`;
      const { slot, messageId } = await processes.send(`${process}/${id}`, message, input, { key, actor });
      return { process: `${process}/${id}`, slot, messageId };
    },
  };
}
