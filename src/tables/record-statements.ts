// What a migration would do: its statements, taken down instead of carried out. Whatever it asks, nothing is found.
import { createHash } from "node:crypto";
import { Kysely, type CompiledQuery, type Driver, type RootOperationNode } from "kysely";
import type { TableMigration } from "./migration.ts";

export interface Recording {
  readonly nodes: readonly RootOperationNode[];
  /** Over the statements with their values, so white space and comments of the code do not matter. */
  readonly checksum: string;
}

// oxlint-disable-next-line typescript/no-explicit-any -- see TableMigration
export async function recordMigration(db: Kysely<any>, migration: TableMigration): Promise<Recording> {
  const compiled: CompiledQuery[] = [];
  const executor = db.getExecutor();
  const recorder = new Kysely({
    dialect: {
      createAdapter: () => executor.adapter,
      createDriver: () => new RecordingDriver((query) => compiled.push(query)),
      createQueryCompiler: () => ({ compileQuery: (node, queryId) => executor.compileQuery(node, queryId) }),
      createIntrospector: () => db.introspection,
    },
  });
  try {
    await migration.up(recorder);
  } catch {
    // It wants an answer that only the database can give: what it has said so far is what it is known by.
  }
  const text = compiled.map(textOf).join(";\n");
  return {
    nodes: compiled.map(({ query }) => query),
    checksum: createHash("sha256").update(text).digest("hex"),
  };
}

export function textOf({ sql, parameters }: Pick<CompiledQuery, "sql" | "parameters">): string {
  if (parameters.length === 0) return sql;
  const values = JSON.stringify(parameters, (_key, value: unknown) =>
    typeof value === "bigint" ? `${value}n` : value,
  );
  return `${sql} -- ${values}`;
}

class RecordingDriver implements Driver {
  readonly #record: (query: CompiledQuery) => void;

  constructor(record: (query: CompiledQuery) => void) {
    this.#record = record;
  }

  acquireConnection(): ReturnType<Driver["acquireConnection"]> {
    return Promise.resolve({
      executeQuery: (query) => {
        this.#record(query);
        return Promise.resolve({ rows: [] });
      },
      async *streamQuery() {
        // Nothing is found.
      },
    });
  }

  init(): Promise<void> {
    return Promise.resolve();
  }

  beginTransaction(): Promise<void> {
    return Promise.resolve();
  }

  commitTransaction(): Promise<void> {
    return Promise.resolve();
  }

  rollbackTransaction(): Promise<void> {
    return Promise.resolve();
  }

  releaseConnection(): Promise<void> {
    return Promise.resolve();
  }

  destroy(): Promise<void> {
    return Promise.resolve();
  }
}
