// `memory:embed`: gives vectors to the records that lack them. A run like any other: seen in the console, retried when the
// model is away, and taken up by another node when this one dies. Never more than one at a time.
import { z } from "zod";
import type { ActionOptions } from "../../actions/action.ts";
import type { EmbeddingReport } from "../../memory/embedding.ts";
import type { Memory } from "../../memory/memory.ts";

export const embedActionName = "memory:embed";

export function embedAction(
  memory: Pick<Memory, "embedMissing">,
): ActionOptions<Record<string, never>, EmbeddingReport> {
  return {
    input: z.strictObject({}),
    concurrency: 1,
    retry: { attempts: 12, delay: "2s", maxDelay: "10m" },
    run: (_input, ctx) => memory.embedMissing({ signal: ctx.signal, onBatch: () => ctx.heartbeat() }),
  };
}
