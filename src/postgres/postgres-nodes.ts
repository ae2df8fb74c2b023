// Who is alive, in PostgreSQL. Any node may take over what a node without a lease has left behind.
import type { NodeRecord, NodeStorage } from "../storage/nodes.ts";
import { integer, text } from "../storage/row.ts";
import type { Connection } from "./connection.ts";
import type { Recover } from "./recover.ts";
import type { WriteContext } from "./write-context.ts";

const hold = `INSERT INTO escapement.lease (node, started_at, lease_until) VALUES ($1, $2, $3)
  ON CONFLICT (node) DO UPDATE SET lease_until = excluded.lease_until`;
const all = "SELECT node, started_at, lease_until FROM escapement.lease ORDER BY node";

type Input<Verb extends keyof NodeStorage> = Parameters<NodeStorage[Verb]>[0];

export async function listNodes(connection: Connection): Promise<NodeRecord[]> {
  return (await connection.all(all)).map((row) => ({
    node: text(row["node"]),
    startedAt: integer(row["started_at"]),
    leaseUntil: integer(row["lease_until"]),
  }));
}

export class PostgresNodes {
  readonly #recover: Recover;

  constructor(recover: Recover) {
    this.#recover = recover;
  }

  /** Whoever had this name before is gone, and what it held must not hide behind the new lease. */
  async join(context: WriteContext, request: Input<"join">): Promise<void> {
    const { node, now, leaseMs } = request;
    await this.#recover.takeOver(context, node, now);
    await context.connection.run(hold, node, Math.round(now), Math.round(now + leaseMs));
    context.journal.add({ at: now, kind: "node.started", actor: `node:${node}`, subject: `node:${node}` });
  }

  /** A lease that was lost meanwhile begins anew: without one, what the node claims could never be taken over. */
  async renew(connection: Connection, { node, now, leaseMs }: Input<"renew">): Promise<void> {
    await connection.run(hold, node, Math.round(now), Math.round(now + leaseMs));
  }

  async leave(context: WriteContext, { node, now }: Input<"leave">): Promise<void> {
    const gone = await context.connection.run("DELETE FROM escapement.lease WHERE node = $1", node);
    if (gone === 0) return;
    await this.#recover.takeOver(context, node, now);
    context.journal.add({ at: now, kind: "node.stopped", actor: `node:${node}`, subject: `node:${node}` });
  }
}
