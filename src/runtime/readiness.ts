// May work be sent to this node? The database takes changes, and the node holds a lease.
import { EscapementError } from "../base/errors.ts";
import type { Storage } from "../storage/storage.ts";

/** Throws `runtime.not-started`, and what the database throws. */
export async function checkReady(storage: Storage, node: string): Promise<void> {
  await storage.probe();
  const nodes = await storage.nodes.list();
  if (nodes.some((one) => one.node === node)) return;
  throw new EscapementError(
    "runtime.not-started",
    "This node has not started, or it is stopping: try again.",
  );
}
