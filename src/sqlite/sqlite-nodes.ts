// Who is alive, in SQLite. The file lock admits one process, so a lease found at opening belongs to a node that is gone.
import type { NodeRecord } from "../storage/nodes.ts";
import type { Connection } from "./connection.ts";
import { integer, text } from "../storage/row.ts";
import type { WriteContext } from "./write-context.ts";

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

  constructor(context: WriteContext) {
    this.#context = context;
  }

  join(request: { readonly node: string; readonly now: number; readonly leaseMs: number }): void {
    const { node, now, leaseMs } = request;
    this.#context.connection.run(
      "INSERT OR REPLACE INTO lease (node, started_at, lease_until) VALUES (?, ?, ?)",
      node,
      now,
      now + leaseMs,
    );
    this.#context.journal.add({
      at: now,
      kind: "node.started",
      actor: `node:${node}`,
      subject: `node:${node}`,
    });
  }

  renew(request: { readonly node: string; readonly now: number; readonly leaseMs: number }): void {
    this.#context.connection.run(
      "UPDATE lease SET lease_until = ? WHERE node = ?",
      request.now + request.leaseMs,
      request.node,
    );
  }

  leave(request: { readonly node: string; readonly now: number }): void {
    if (this.#context.connection.run("DELETE FROM lease WHERE node = ?", request.node) === 0) return;
    this.#context.journal.add({
      at: request.now,
      kind: "node.stopped",
      actor: `node:${request.node}`,
      subject: `node:${request.node}`,
    });
  }
}
