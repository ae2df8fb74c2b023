// Which columns some tables have, and how that differs from what they should have.
import { AlterTableNode, CreateTableNode, DropTableNode, type Kysely, type RootOperationNode } from "kysely";

/** Columns as `name type` and `not null`, by table; a table that is not there has none. */
export type SchemaSnapshot = Readonly<Record<string, readonly string[]>>;

// oxlint-disable-next-line typescript/no-explicit-any -- any tables
export async function snapshotOf(db: Kysely<any>, names: readonly string[]): Promise<SchemaSnapshot> {
  const tables = await db.introspection.getTables();
  const columnsOf = (name: string): string[] =>
    (tables.find((table) => table.name === name)?.columns ?? [])
      .map(
        ({ name: column, dataType, isNullable }) =>
          `${column} ${dataType.toLowerCase()}${isNullable ? "" : " not null"}`,
      )
      .toSorted();
  return Object.fromEntries(names.map((name) => [name, columnsOf(name)]));
}

/** The tables that statements make or change. Of raw statements nothing is known. */
export function tablesIn(nodes: readonly RootOperationNode[]): string[] {
  const names = nodes.flatMap((node) => {
    if (!CreateTableNode.is(node) && !AlterTableNode.is(node) && !DropTableNode.is(node)) return [];
    const renamed =
      AlterTableNode.is(node) && node.renameTo !== undefined ? [node.renameTo.table.identifier.name] : [];
    return [node.table.table.identifier.name, ...renamed];
  });
  return [...new Set(names)];
}

/** In words: what is there that should not be, and the other way round. */
export function findDrift(wanted: SchemaSnapshot, found: SchemaSnapshot): string[] {
  return Object.entries(wanted).flatMap(([table, columns]) => {
    const there = found[table] ?? [];
    if (there.length === 0 && columns.length > 0) return [`table ${table} is gone`];
    return [
      ...columns.filter((one) => !there.includes(one)).map((one) => `${table} lacks "${one}"`),
      ...there.filter((one) => !columns.includes(one)).map((one) => `${table} has "${one}" beside`),
    ];
  });
}
