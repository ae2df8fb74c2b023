import { expect, test } from "vitest";
import { postgres } from "../../src/postgres/postgres-storage.ts";
import { createRuntime } from "../../src/runtime/create-runtime.ts";
import { postgresServer } from "../support/postgres-server.ts";

test("[STO-30] a run that is cancelled on one node stops on the other", { timeout: 30_000 }, async () => {
  await using server = await postgresServer();
  await using worker = await createRuntime({ storage: postgres(server.url), node: "worker" });
  await using operator = await createRuntime({
    storage: postgres(server.url),
    node: "operator",
    work: false,
  });
  const told = Promise.withResolvers<unknown>();
  const begun = Promise.withResolvers<void>();
  const endless = {
    run: (_input: unknown, ctx: { readonly signal: AbortSignal }) =>
      new Promise<null>(() => {
        ctx.signal.addEventListener("abort", () => told.resolve(ctx.signal.reason));
        begun.resolve();
      }),
  };
  for (const node of [worker, operator]) node.action("work:endless", endless);
  await worker.start();
  await operator.start();
  const { id } = await operator.runs.enqueue("work:endless", {});
  await begun.promise;
  await operator.runs.cancel(id, { reason: "not wanted" });
  expect(String(await told.promise)).toContain("not wanted");
  expect((await worker.runs.get(id))?.state).toBe("cancelled");
});
