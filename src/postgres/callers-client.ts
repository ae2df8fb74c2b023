// A connection of the caller's own, in whose transaction we are to work: is it one, and does it lead to our database?
// A run that lands in the database of another deployment would be worse than an error.
import { Client, type ClientBase } from "pg";
import { EscapementError } from "../base/errors.ts";
import { quote } from "../base/quote.ts";
import type { CallersConnection } from "../storage/storage.ts";
import { text } from "../storage/row.ts";
import type { Connection } from "./connection.ts";

/** The cluster knows itself by a number that it was given when it was made, and its databases by theirs. */
const whoAreYou = `SELECT current_database() || ' ' || oid || ' ' || (SELECT system_identifier FROM pg_control_system()) AS identity
  FROM pg_database WHERE datname = current_database()`;

export async function identityOf(connection: Connection): Promise<string> {
  return text((await connection.get(whoAreYou))?.["identity"]);
}

/** Throws `transaction.invalid` for a connection to another database. */
export async function refuseOther(
  connection: Connection,
  ours: { readonly identity: string; readonly address: string },
): Promise<void> {
  const theirs = await identityOf(connection);
  if (theirs === ours.identity) return;
  const name = (identity: string): string => quote(identity.split(" ")[0]);
  const where =
    name(theirs) === name(ours.identity)
      ? `a database named ${name(theirs)} on another server`
      : `the database ${name(theirs)}`;
  throw new EscapementError(
    "transaction.invalid",
    `This connection leads to ${where}, but the runtime keeps its data in ${name(ours.identity)} (${ours.address}): what is in two databases cannot commit together.`,
  );
}

/** Throws `transaction.invalid` for what is no Client or PoolClient; a pool has no transaction. */
export function readClient(connection: CallersConnection): ClientBase {
  if (isClient(connection)) return connection;
  const isPool = typeof connection === "object" && connection !== null && "totalCount" in connection;
  throw new EscapementError(
    "transaction.invalid",
    isPool
      ? "Cannot work in a transaction of a pool: each of its queries may go over another connection. Take one with pool.connect(), and BEGIN on it."
      : `Cannot work in a transaction of ${quote(connection)}: give a Client or PoolClient of "pg".`,
  );
}

/** By its shape, too: the caller may have another copy of the driver. */
function isClient(value: unknown): value is ClientBase {
  if (value instanceof Client) return true;
  return (
    typeof value === "object" &&
    value !== null &&
    "query" in value &&
    typeof value.query === "function" &&
    "escapeIdentifier" in value
  );
}
