// The engines on which tables are tested, each with the names of its column types.
import { sqlite } from "../../src/sqlite/index.ts";
import { postgres } from "../../src/postgres/index.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { postgresServer } from "../support/postgres-server.ts";
import { sqliteFile } from "../support/sqlite-file.ts";

export interface Engine extends AsyncDisposable {
  /** Over data of its own, not open. */
  storage(): Promise<Storage>;
  readonly types: {
    readonly date: "text" | "timestamptz";
    readonly boolean: "integer" | "boolean";
    readonly bytes: "blob" | "bytea";
    readonly real: "real" | "double precision";
  };
}

const sqliteTypes = { date: "text", boolean: "integer", bytes: "blob", real: "real" } as const;
const postgresTypes = {
  date: "timestamptz",
  boolean: "boolean",
  bytes: "bytea",
  real: "double precision",
} as const;

const nothing = (): Promise<void> => Promise.resolve();

export const engines: readonly { readonly name: string; readonly open: () => Promise<Engine> }[] = [
  {
    name: "SQLite in memory",
    open: () =>
      Promise.resolve({
        storage: () => Promise.resolve(sqlite(":memory:")),
        types: sqliteTypes,
        [Symbol.asyncDispose]: nothing,
      }),
  },
  {
    name: "SQLite in a file",
    open: () =>
      Promise.resolve({
        storage: () => Promise.resolve(sqliteFile().storage),
        types: sqliteTypes,
        [Symbol.asyncDispose]: nothing,
      }),
  },
  {
    name: "PostgreSQL",
    async open() {
      const server = await postgresServer();
      let count = 0;
      return {
        async storage() {
          count += 1;
          const name = `tables_${count}`;
          await server.execute(`CREATE DATABASE ${name}`);
          return postgres(server.url.replace(/\/postgres$/, `/${name}`));
        },
        types: postgresTypes,
        [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
      };
    },
  },
];
