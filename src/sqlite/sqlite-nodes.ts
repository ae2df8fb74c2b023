// Who is alive, in SQLite. The file lock admits one process, so a lease found at opening belongs to a node that is gone.
import type { NodeRecord } from "../storage/nodes.ts";
import { integer, text } from "../storage/row.ts";
import type { Connection } from "./connection.ts";
import type { SqliteRuns } from "./sqlite-runs.ts";
import type { WriteContext } from "./write-context.ts";

const hold = `INSERT INTO lease (node, started_at, lease_until) VALUES (?, ?, ?)
  ON CONFLICT (node) DO UPDATE SET lease_until = excluded.lease_until`;

export interface NodeReads {
  list(): readonly NodeRecord[];
}

export function nodeReads(connection: Connection): NodeReads {
  return {
    list: () =>
      connection.all("SELECT * FROM lease ORDER BY node").map((row) => ({
        node: text(row["node"]),
        startedAt: integer(row["started_at"]),
        leaseUntil: integer(row["lease_until"]),
      })),
  };
}

export class SqliteNodes {
  readonly #context: WriteContext;
  readonly #runs: SqliteRuns;

  constructor(context: WriteContext, runs: SqliteRuns) {
    this.#context = context;
    this.#runs = runs;
  }

  /** Whoever had this name before is gone, and what it held must not hide behind the new lease. */
  join(request: { readonly node: string; readonly now: number; readonly leaseMs: number }): void {
    const { node, now, leaseMs } = request;
    this.#runs.takeOver(node, now);
    this.#context.connection.run(hold, node, now, now + leaseMs);
    this.#context.journal.add({
      at: now,
      kind: "node.started",
      actor: `node:${node}`,
      subject: `node:${node}`,
    });
  }

  /** A lease that was lost meanwhile begins anew: without one, what the node claims could never be taken over. */
  renew(request: { readonly node: string; readonly now: number; readonly leaseMs: number }): void {
    const { node, now, leaseMs } = request;
    this.#context.connection.run(hold, node, now, now + leaseMs);
  }

  leave(request: { readonly node: string; readonly now: number }): void {
    if (this.#context.connection.run("DELETE FROM lease WHERE node = ?", request.node) === 0) return;
    this.#runs.takeOver(request.node, request.now);
    this.#context.journal.add({
      at: request.now,
      kind: "node.stopped",
      actor: `node:${request.node}`,
      subject: `node:${request.node}`,
    });
  }
}
