// Looking after a schema of PostgreSQL without being a node: nothing is migrated and nothing is changed.
import type { Finding } from "../storage/inspection.ts";
import { Connections } from "./connections.ts";
import { DatabaseClock } from "./database-clock.ts";
import { inspect } from "./inspect.ts";
import { translate } from "./postgres-error.ts";

export async function inspectPostgres(
  address: string,
  { schema = "escapement" }: { readonly schema?: string } = {},
): Promise<readonly Finding[]> {
  const connections = new Connections(address, schema);
  try {
    return await connections.use(async (connection) => {
      const time = new DatabaseClock();
      await time.start(connection);
      return inspect(connection, { schema, now: time.now() });
    });
  } catch (error) {
    throw translate(error);
  } finally {
    await connections.close();
  }
}
